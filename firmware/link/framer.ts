import { isPublish, PUBLISH_FRONT } from './publish-packet';

/** Fixed header: the packet's type and up to four bytes of remaining length [MQTT-5.0 §2.1]. */
const LONGEST_HEADER = 5;
/** Bytes of any packet but PUBLISH: those of brokers have 20 to 60, and what is in them grows when it is read. */
const CONTROL_LIMIT = 512;

/** `malformed`: a length of more than four bytes. `oversized`: a packet other than PUBLISH beyond its limit. */
export type FramerFault = 'malformed' | 'oversized';

/** A PUBLISH beyond the limit; what follows of it is passed over. */
export interface OversizedPublish {
  /** Its first `PUBLISH_FRONT` bytes */
  readonly front: Uint8Array;
}

/**
 * Cuts a byte stream into MQTT packets. Never holds more than one packet within the limit, whatever comes: the
 * size is known from the fixed header before the first byte of the body is kept.
 */
export class PacketFramer {
  readonly #limit: number;
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerLength = 0;
  /** The packet whose body is coming in. */
  #packet: Uint8Array | undefined;
  #filled = 0;
  /** Bytes beyond what is kept of the packet: those of a PUBLISH that is too large. */
  #excess = 0;
  #chunk: Uint8Array = this.#header.subarray(0, 0);
  #offset = 0;

  /**
   * @param limit bytes of the largest PUBLISH to accept, its fixed header included, `PUBLISH_FRONT` at least; any other
   *   packet has 512 at most
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The bytes that came next; to be called when `next` has returned undefined. */
  add(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * The next whole packet, in an array of its own, or what is kept of one; undefined when more bytes are needed. After a
   * fault the stream is lost.
   */
  next(): Uint8Array | OversizedPublish | FramerFault | undefined {
    while (this.#packet === undefined) {
      this.#passOver();
      if (this.#offset === this.#chunk.length) return undefined;
      const fault = this.#addHeaderByte(this.#chunk[this.#offset++] as number);
      if (fault !== undefined) return fault;
    }
    const packet = this.#packet;
    const part = this.#chunk.subarray(this.#offset, this.#offset + packet.length - this.#filled);
    packet.set(part, this.#filled);
    this.#offset += part.length;
    this.#filled += part.length;
    if (this.#filled < packet.length) return undefined;
    this.#packet = undefined;
    this.#headerLength = 0;
    return this.#excess > 0 ? { front: packet } : packet;
  }

  #passOver(): void {
    const count = Math.min(this.#excess, this.#chunk.length - this.#offset);
    this.#offset += count;
    this.#excess -= count;
  }

  #addHeaderByte(byte: number): FramerFault | undefined {
    this.#header[this.#headerLength++] = byte;
    if (this.#headerLength === 1) return undefined;
    if (byte & 0x80) return this.#headerLength === LONGEST_HEADER ? 'malformed' : undefined;
    const length = this.#headerLength + this.#remainingLength();
    const isOversized = length > (isPublish(this.#header) ? this.#limit : CONTROL_LIMIT);
    if (isOversized && !isPublish(this.#header)) return 'oversized';
    this.#packet = new Uint8Array(isOversized ? PUBLISH_FRONT : length);
    this.#excess = length - this.#packet.length;
    this.#packet.set(this.#header.subarray(0, this.#headerLength));
    this.#filled = this.#headerLength;
    return undefined;
  }

  #remainingLength(): number {
    let length = 0;
    for (let k = this.#headerLength - 1; k > 0; k--)
      length = length * 128 + ((this.#header[k] as number) & 0x7f);
    return length;
  }
}
