import type { Clock, NetworkFault, TlsOptions } from '../../firmware/host';
import type { SecureStreamOptions, Stream, StreamClass } from './network';

/** Bytes that a record has more than what is in it, at most: header, nonce or IV, authentication, padding. */
const RECORD_OVERHEAD = 96;
/** Bytes in the largest record that is sent: while it is made, the engine's memory holds it some three times. */
const LARGEST_RECORD = 2048;

/** What a TLS session sees of the TCP stream under it. */
export interface TlsTransport {
  /** Bytes that can be read, and written; the session counts them down. */
  readable: number;
  writable: number;
  /** Fills the buffer, which is no longer than `readable`. */
  read(buffer: Uint8Array): void;
  /** @returns bytes that can be written now */
  write(bytes: Uint8Array): number;
}

/** The client's side of TLS. What it thinks of the peer it throws. */
export interface TlsSession {
  /** Goes on with the handshake as far as the bytes reach. @returns true when it is done */
  handshake(transport: TlsTransport): boolean;
  /** What a record holds; undefined when there is no whole one, null when the peer has said good-bye. */
  receive(transport: TlsTransport): Uint8Array | undefined | null;
  /** Sends one record. */
  send(transport: TlsTransport, bytes: Uint8Array): void;
}

export interface TlsStreamParts {
  readonly tcp: StreamClass;
  readonly clock: Clock;
  /** @throws when there is nobody to trust, or the authority is none */
  readonly createSession: (host: string, trust: TlsOptions) => TlsSession;
}

type Stage = 'connecting' | 'handshake' | 'open' | 'dead';

/**
 * TLS over TCP. Whatever the session throws at what comes from the peer ends the stream as `untrusted`: let past here
 * it would end the engine.
 */
export class TlsStream implements Stream {
  readonly #parts: TlsStreamParts;
  readonly #options: SecureStreamOptions;
  readonly #tcp: Stream;
  readonly #transport: TlsTransport;
  #stage: Stage = 'connecting';
  /** Made when TCP has connected, for it takes much memory. */
  #session: TlsSession | undefined;
  /** Decrypted and not read yet. */
  #plain: Uint8Array | undefined;

  /** @throws when there is no memory for another socket */
  constructor(parts: TlsStreamParts, options: SecureStreamOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#tcp = new parts.tcp({
      ...{ address: options.address, port: options.port, nodelay: true },
      onReadable: count => this.#onReadable(count),
      onWritable: count => this.#onWritable(count),
      onError: () => this.#fail(this.#stage === 'connecting' ? undefined : 'closed'),
    });
    this.#transport = {
      ...{ readable: 0, writable: 0 },
      read: buffer => buffer.set(new Uint8Array(this.#tcp.read(buffer.length) ?? new ArrayBuffer(0))),
      write: bytes => this.#tcp.write(bytes) ?? 0,
    };
  }

  read(count: number): ArrayBuffer | undefined {
    const plain = this.#plain;
    if (plain === undefined) return undefined;
    this.#plain = count < plain.length ? plain.subarray(count) : undefined;
    if (this.#plain === undefined && this.#transport.readable > 0)
      this.#parts.clock.after(0, () => this.#receive());
    return plain.slice(0, count).buffer as ArrayBuffer;
  }

  write(bytes: Uint8Array): number {
    for (let sent = 0; sent < bytes.length; sent += LARGEST_RECORD)
      this.#session?.send(this.#transport, bytes.subarray(sent, sent + LARGEST_RECORD));
    return this.#room;
  }

  close(): void {
    if (this.#stage === 'dead') return;
    this.#stage = 'dead';
    this.#plain = undefined;
    this.#tcp.close();
  }

  /** Bytes that can be sent in records. */
  get #room(): number {
    const { writable } = this.#transport;
    const records = Math.ceil(writable / (LARGEST_RECORD + RECORD_OVERHEAD));
    return Math.max(0, writable - records * RECORD_OVERHEAD);
  }

  #onReadable(count: number): void {
    if (this.#stage === 'dead') return;
    this.#transport.readable = count;
    this.#shakeHands();
    this.#receive();
  }

  #onWritable(count: number): void {
    if (this.#stage === 'dead') return;
    this.#transport.writable = count;
    if (this.#stage === 'connecting') this.#stage = 'handshake';
    if (this.#stage === 'handshake') this.#shakeHands();
    else this.#tellRoom();
  }

  #shakeHands(): void {
    if (this.#stage !== 'handshake') return;
    const isDone = this.#guard(() => {
      this.#session ??= this.#parts.createSession(this.#options.host, this.#options);
      return this.#session.handshake(this.#transport);
    });
    if (isDone !== true) return;
    this.#stage = 'open';
    this.#tellRoom();
  }

  #tellRoom(): void {
    const room = this.#room;
    if (room > 0) this.#options.onWritable(room);
  }

  #receive(): void {
    while (this.#stage === 'open' && this.#plain === undefined && this.#transport.readable > 0) {
      const plain = this.#guard(() => this.#session?.receive(this.#transport));
      if (plain === null) this.#fail('closed');
      // a record may be empty
      if (!plain?.length) continue;
      this.#plain = plain;
      this.#options.onReadable(plain.length);
    }
  }

  /** The owner's handlers are not to be called from within. */
  #guard<Outcome>(action: () => Outcome): Outcome | undefined {
    try {
      return action();
    } catch {
      this.#fail('untrusted');
      return undefined;
    }
  }

  #fail(fault: NetworkFault | undefined): void {
    if (this.#stage === 'dead') return;
    this.close();
    this.#options.onError(fault);
  }
}
