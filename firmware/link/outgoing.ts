import type { Socket } from '../host';

/** Bytes that may wait for the socket. */
export const OUTGOING_LIMIT = 8192;
/** Packets that may wait: what keeping one takes is many times the four bytes of a PUBACK. */
const PACKET_LIMIT = 32;

/** Packets on their way into the socket, which takes them in pieces, as it has room. */
export class OutgoingQueue {
  readonly #packets: Uint8Array[] = [];
  /** Bytes of the first packet that the socket has taken. */
  #taken = 0;
  #length = 0;
  /** Bytes that the socket has room for. */
  #room = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Whether a packet of so many bytes may wait too. */
  hasRoomFor(size: number): boolean {
    return this.#packets.length < PACKET_LIMIT && this.#length + size <= OUTGOING_LIMIT;
  }

  add(packet: Uint8Array): void {
    this.#packets.push(packet);
    this.#length += packet.length;
  }

  /** The socket has told that it has room for so many bytes. */
  setRoom(count: number): void {
    this.#room = count;
  }

  /** Writes as much as the socket has room for. @returns bytes written */
  flush(socket: Socket): number {
    const before = this.#length;
    for (let packet = this.#packets[0]; packet !== undefined && this.#room > 0; packet = this.#packets[0]) {
      const part = packet.subarray(this.#taken, this.#taken + this.#room);
      socket.write(part);
      this.#room -= part.length;
      this.#length -= part.length;
      this.#taken += part.length;
      if (this.#taken < packet.length) break;
      this.#packets.shift();
      this.#taken = 0;
    }
    return before - this.#length;
  }
}
