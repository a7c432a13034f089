import type {
  Clock,
  Network,
  NetworkFault,
  Socket,
  SocketOptions,
  Timer,
  TlsOptions,
} from '../../firmware/host';
import { ByteQueue } from '../byte-queue';

/** Bytes that may wait to be sent, beyond those that the stream has taken. */
const CAPACITY = 4096;
/** ms until an attempt to connect, with the name's resolution and TLS, is given up. */
const CONNECT_TIMEOUT = 25_000;
/** ms that a closed socket gets to send what was written to it. */
const LINGER = 2000;

export interface StreamOptions {
  /** IP address */
  readonly address: string;
  readonly port: number;
  readonly nodelay?: boolean;
  onReadable(count: number): void;
  /** `count` bytes can be written now; the first call says that the stream is open. */
  onWritable(count: number): void;
  /** The stream is dead. What it knows of the cause; TCP knows nothing. */
  onError(fault?: NetworkFault): void;
}

/** What of ECMA-419's TCP the network needs. Its handlers are not called from within a call. */
export interface Stream {
  /** So many bytes; no more than were announced. */
  read(count: number): ArrayBuffer | undefined;
  /** @returns bytes that can be written now */
  write(bytes: Uint8Array): number | undefined;
  close(): void;
}

export type StreamClass = new (options: StreamOptions) => Stream;

export interface SecureStreamOptions extends StreamOptions, TlsOptions {
  /** The name that the server's certificate must bear. */
  readonly host: string;
}

export type SecureStreamClass = new (options: SecureStreamOptions) => Stream;

export interface StreamNetworkOptions {
  readonly tcp: StreamClass;
  readonly tls: SecureStreamClass;
  /** Finds the IP address of a name, or undefined; may call back from within the call. */
  readonly resolve: (host: string, callback: (address: string | undefined) => void) => void;
  readonly clock: Clock;
}

/** TCP and TLS by classes of ECMA-419's kind. */
export class StreamNetwork implements Network {
  readonly #parts: StreamNetworkOptions;

  constructor(parts: StreamNetworkOptions) {
    this.#parts = parts;
  }

  open(options: SocketOptions): Socket {
    return new StreamSocket(this.#parts, options);
  }
}

/** `closing`: closed by its owner, what was written is still on its way. */
type Stage = 'opening' | 'open' | 'closing' | 'dead';

class StreamSocket implements Socket {
  readonly #parts: StreamNetworkOptions;
  readonly #options: SocketOptions;
  readonly #outgoing = new ByteQueue();
  #stage: Stage = 'opening';
  #stream: Stream | undefined;
  /** Bytes announced and not read yet. */
  #readable = 0;
  /** Bytes that the owner may write. */
  #writable = 0;
  /** Bytes that the stream takes now, and the most that it ever took: then nothing is on its way. */
  #room = 0;
  #emptyRoom = 0;
  /** Ends opening and closing. */
  #timer: Timer;

  constructor(parts: StreamNetworkOptions, options: SocketOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#timer = parts.clock.after(CONNECT_TIMEOUT, () => this.#fail('timeout'));
    parts.resolve(options.host, address => this.#onResolved(address));
  }

  read(limit = Number.POSITIVE_INFINITY): Uint8Array | undefined {
    const count = Math.min(limit, this.#readable);
    if (count === 0 || this.#stage === 'dead') return undefined;
    this.#readable -= count;
    const bytes = this.#attempt(stream => stream.read(count));
    return bytes && new Uint8Array(bytes);
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#writable)
      throw new RangeError(`write: expected at most ${this.#writable} bytes, got ${bytes.length}`);
    this.#writable -= bytes.length;
    this.#outgoing.add(bytes);
    this.#flush();
  }

  close(): void {
    if (this.#stage === 'opening') this.#die();
    if (this.#stage !== 'open') return;
    this.#stage = 'closing';
    this.#timer = this.#parts.clock.after(LINGER, () => this.#die());
    this.#discard();
    this.#endIfSent();
  }

  /** Never from within `open`, for some resolvers know at once. */
  #onResolved(address: string | undefined): void {
    this.#parts.clock.after(0, () => {
      if (this.#stage !== 'opening') return;
      if (address === undefined) this.#fail('unresolved');
      else this.#connect(address);
    });
  }

  #connect(address: string): void {
    const { tcp, tls } = this.#parts;
    const { host, port, tls: secure } = this.#options;
    const options: StreamOptions = {
      ...{ address, port, nodelay: true },
      onReadable: count => this.#onReadable(count),
      onWritable: count => this.#onWritable(count),
      onError: fault => this.#onError(fault),
    };
    try {
      this.#stream = secure === undefined ? new tcp(options) : new tls({ ...options, host, ...secure });
    } catch {
      // no memory for another socket, or no network at all
      this.#fail('refused');
    }
  }

  #onReadable(count: number): void {
    if (this.#stage === 'dead') return;
    this.#readable = count;
    if (this.#stage === 'closing') this.#discard();
    else this.#options.onReadable(count);
  }

  #onWritable(count: number): void {
    if (this.#stage === 'dead') return;
    this.#room = count;
    this.#emptyRoom = Math.max(this.#emptyRoom, count);
    if (this.#stage === 'opening') {
      this.#timer.cancel();
      this.#stage = 'open';
    }
    this.#flush();
    if (this.#stage === 'closing') this.#endIfSent();
    if (this.#stage !== 'open') return;
    this.#writable = CAPACITY - this.#outgoing.length;
    if (this.#writable > 0) this.#options.onWritable(this.#writable);
  }

  /** TCP tells no cause: before the stream was open the peer had refused it. */
  #onError(fault: NetworkFault = this.#stage === 'opening' ? 'refused' : 'closed'): void {
    this.#fail(fault);
  }

  #flush(): void {
    while (this.#room > 0 && this.#outgoing.length > 0 && this.#stage !== 'dead') {
      const part = this.#outgoing.take(this.#room) as Uint8Array;
      this.#room = this.#attempt(stream => stream.write(part)) ?? 0;
    }
  }

  /** Nothing that the stream throws gets past here; its owner hears of it in another turn. */
  #attempt<Outcome>(action: (stream: Stream) => Outcome): Outcome | undefined {
    try {
      return this.#stream && action(this.#stream);
    } catch {
      this.#parts.clock.after(0, () => this.#fail('closed'));
      return undefined;
    }
  }

  /** A stream that is closed over unread bytes resets, and what it had to send may be lost. */
  #discard(): void {
    while (this.read() !== undefined);
  }

  #endIfSent(): void {
    if (this.#outgoing.length === 0 && this.#room === this.#emptyRoom) this.#die();
  }

  #fail(fault: NetworkFault): void {
    const isHeard = this.#stage === 'opening' || this.#stage === 'open';
    this.#die();
    if (isHeard) this.#options.onError(fault);
  }

  #die(): void {
    this.#stage = 'dead';
    this.#writable = 0;
    this.#timer.cancel();
    this.#stream?.close();
    this.#stream = undefined;
  }
}
