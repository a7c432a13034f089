import type { Network, NetworkFault, Socket, SocketOptions } from '../../firmware/host';

/** The one stream that the meter has open, and a broker's end of it; nothing happens but in the calls made to it. */
export class ScriptedNetwork implements Network {
  readonly #room: number;
  #options: SocketOptions | undefined;
  #waiting: Uint8Array[] = [];
  #left = 0;
  /** Of MQTT, by the CONNECT on the present stream; 0 before it: 4 is 3.1.1 */
  level = 0;

  /** @param room bytes that a stream takes at a time */
  constructor(room: number) {
    this.#room = room;
  }

  open(options: SocketOptions): Socket {
    this.level = 0;
    this.#options = options;
    this.#waiting = [];
    this.#left = 0;
    return {
      read: limit => this.#read(options, limit),
      write: bytes => this.#write(bytes),
      close: () => this.#close(options),
    };
  }

  /** The stream takes bytes again. */
  makeRoom(): void {
    this.#left = this.#room;
    this.#options?.onWritable(this.#room);
  }

  /** Bytes arrive; they are lost when there is no stream. */
  deliver(bytes: Uint8Array): void {
    if (this.#options === undefined) return;
    this.#waiting.push(bytes);
    this.#options.onReadable(bytes.length);
  }

  fail(fault: NetworkFault): void {
    const options = this.#options;
    this.#options = undefined;
    options?.onError(fault);
  }

  #read(options: SocketOptions, limit = Number.POSITIVE_INFINITY): Uint8Array | undefined {
    const first = this.#options === options ? this.#waiting.shift() : undefined;
    if (first === undefined || first.length <= limit) return first;
    this.#waiting.unshift(first.subarray(limit));
    return first.subarray(0, limit);
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length > this.#left)
      throw new RangeError(`write: ${bytes.length} bytes, room for ${this.#left}`);
    this.#left -= bytes.length;
    if (this.level === 0) this.level = levelOf(bytes);
  }

  #close(options: SocketOptions): void {
    if (this.#options === options) this.#options = undefined;
  }
}

/** The byte behind the name of the protocol [MQTT-5.0 §3.1.2]. */
function levelOf(connect: Uint8Array): number {
  // M, Q, T, T, level
  return connect[connect.indexOf(0x51) + 3] ?? 0;
}
