import { connect, type Socket } from 'node:net';
import { ByteQueue } from '../../../hosts/byte-queue';
import type { Stream, StreamOptions } from '../../../hosts/esp32/network';

/** Bytes that lwIP keeps for either direction, as the SDK configures it for sending, and more for receiving. */
const SEND_BUFFER = 5760;
const RECEIVE_WINDOW = 16384;
/** ms that a peer gets to end the other half; 20 s in lwIP */
const FIN_WAIT = 500;

/**
 * ECMA-419's TCP as the SDK has it over lwIP, on a real socket: takes what fits its buffer and throws at more, tells of
 * an error once all that came has been read, and resets when closed over unread bytes.
 */
export class FakeTcp implements Stream {
  readonly #options: StreamOptions;
  readonly #socket: Socket;
  readonly #incoming = new ByteQueue();
  #unacknowledged = 0;
  #isReady = false;
  #isOver = false;
  #isClosed = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { address, port } = options;
    if (!/^[\d.]+$/.test(address)) throw new Error('invalid address');
    this.#socket = connect({ host: address, port, noDelay: true }, () => {
      this.#isReady = true;
      this.#tellRoom();
    });
    this.#socket.on('data', bytes => this.#onData(bytes));
    for (const end of ['error', 'end', 'close']) this.#socket.on(end, () => this.#onOver());
  }

  read(count: number): ArrayBuffer | undefined {
    if (this.#incoming.length === 0) return undefined;
    if (count <= 0 || count > this.#incoming.length) throw new Error('invalid');
    const bytes = this.#incoming.take(count) as Uint8Array;
    if (this.#incoming.length < RECEIVE_WINDOW) this.#socket.resume();
    if (this.#incoming.length === 0 && this.#isOver) setImmediate(() => this.#tellError());
    return bytes.buffer as ArrayBuffer;
  }

  write(bytes: Uint8Array): number | undefined {
    if (!this.#isReady) throw new Error('not ready');
    if (this.#isOver) return undefined;
    if (bytes.length > SEND_BUFFER - this.#unacknowledged) throw new Error('would block');
    this.#unacknowledged += bytes.length;
    this.#socket.write(bytes.slice(), () => {
      this.#unacknowledged -= bytes.length;
      this.#tellRoom();
    });
    return SEND_BUFFER - this.#unacknowledged;
  }

  close(): void {
    if (this.#isClosed) throw new Error('closed twice');
    this.#isClosed = true;
    if (this.#incoming.length > 0) {
      this.#socket.resetAndDestroy();
      return;
    }
    this.#socket.resume().end();
    const end = setTimeout(() => this.#socket.destroy(), FIN_WAIT);
    this.#socket.once('close', () => clearTimeout(end));
  }

  #onData(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#incoming.add(bytes);
    if (this.#incoming.length >= RECEIVE_WINDOW) this.#socket.pause();
    this.#options.onReadable(this.#incoming.length);
  }

  #onOver(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#incoming.length === 0) this.#tellError();
  }

  #tellRoom(): void {
    if (!this.#isClosed && !this.#isOver) this.#options.onWritable(SEND_BUFFER - this.#unacknowledged);
  }

  #tellError(): void {
    if (!this.#isClosed) this.#options.onError();
  }
}

/** As the SDK's `net` does it: addresses are their own names, and others are not found. */
export function fakeResolve(host: string, callback: (address: string | undefined) => void): void {
  setImmediate(() => callback(host === 'localhost' ? '127.0.0.1' : /^[\d.]+$/.test(host) ? host : undefined));
}
