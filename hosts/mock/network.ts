import { Duplex } from 'node:stream';
import type { Network, NetworkFault, Socket, SocketOptions } from '../../firmware/host';
import { ByteQueue } from '../byte-queue';

/** Bytes that may wait in either direction; more is held back at its source. */
const CAPACITY = 16384;
/** Turns of the event loop without traffic after which all is taken to be quiet: a broker thinks for fewer. */
const QUIET_TURNS = 8;

/**
 * A network without sockets: what the meter opens, a server in this process gets the other end of, as a stream of
 * Node's (`broker.handle(stream)`). No clock takes part: bytes arrive in the next turn of the event loop, so
 * that virtual time can stand still until they have (`settled`).
 */
export class MemoryNetwork implements Network {
  readonly #serve: (stream: Duplex, options: SocketOptions) => void;
  readonly #ends = new Set<MeterEnd>();
  #online = true;
  #traffic = 0;

  /** @param serve called with the server's end of each connection, and with what was asked for (host, port) */
  constructor(serve: (stream: Duplex, options: SocketOptions) => void) {
    this.#serve = serve;
  }

  /** Bytes moved so far in both directions, connections made and lost counted as one each. */
  get traffic(): number {
    return this.#traffic;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#ends.size;
  }

  get online(): boolean {
    return this.#online;
  }

  /** Cut off, what is open dies with `closed` on both sides and what is tried is `refused`. */
  set online(online: boolean) {
    this.#online = online;
    if (!online) for (const end of this.#ends) end.cut();
  }

  open(options: SocketOptions): Socket {
    const end = new MeterEnd(options, {
      moved: count => {
        this.#traffic += count;
      },
      ended: () => {
        this.#traffic++;
        this.#ends.delete(end);
      },
    });
    this.#ends.add(end);
    if (!this.#online) {
      end.fail('refused');
      return end;
    }
    this.#traffic++;
    this.#serve(end.serverEnd, options);
    end.start();
    return end;
  }

  /** Resolves when nothing has moved during several turns of the event loop, and so will not until time passes. */
  settled(): Promise<void> {
    return settled(() => this.#traffic);
  }
}

/** Resolves when a count of traffic, of as many networks as it may be, has stood still during several turns of the event loop. */
export async function settled(traffic: () => number): Promise<void> {
  for (let quiet = 0, before = traffic(); quiet < QUIET_TURNS; quiet++) {
    await new Promise(resolve => setImmediate(resolve));
    const now = traffic();
    if (now !== before) quiet = -1;
    before = now;
  }
}

interface Observer {
  moved(count: number): void;
  ended(): void;
}

class MeterEnd implements Socket {
  readonly serverEnd: Duplex;
  readonly #options: SocketOptions;
  readonly #observer: Observer;
  readonly #incoming = new ByteQueue();
  readonly #outgoing = new ByteQueue();
  /** The server's stream has asked for bytes, and has to be given some before it asks again. */
  #isServerHungry = false;
  /** Tells the server that what it wrote has been taken in. */
  #acknowledge: (() => void) | undefined;
  #writable = 0;
  #fault: NetworkFault | undefined;
  #isClosed = false;
  #hasNews = { readable: false, writable: false };
  #turn: NodeJS.Immediate | undefined;

  constructor(options: SocketOptions, observer: Observer) {
    this.#options = options;
    this.#observer = observer;
    this.serverEnd = new Duplex({
      readableHighWaterMark: CAPACITY,
      read: () => {
        this.#isServerHungry = true;
        this.#feedServer();
      },
      write: (chunk, _encoding, done) => this.#onServerWrites(chunk, done),
      final: done => {
        this.fail('closed');
        done();
      },
      destroy: (_error, done) => {
        this.fail('closed');
        done(null);
      },
    });
  }

  /** The stream is open: the meter may write. */
  start(): void {
    this.#writable = CAPACITY;
    this.#announce('writable');
  }

  /** The connection is lost: the meter hears of it once it was told of the bytes that came before. */
  fail(fault: NetworkFault): void {
    if (this.#fault !== undefined || this.#isClosed) return;
    this.#fault = fault;
    this.#end();
    this.#schedule();
  }

  /** Both sides lose the connection, and what is on its way. */
  cut(): void {
    this.fail('closed');
    this.serverEnd.destroy();
  }

  read(limit?: number): Uint8Array | undefined {
    const bytes = this.#incoming.take(limit);
    if (this.#incoming.length < CAPACITY) this.#acknowledgeServer();
    return bytes;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#writable) {
      throw new RangeError(`write: expected at most ${this.#writable} bytes, got ${bytes.length}`);
    }
    if (this.#isClosed || this.#fault !== undefined) return;
    this.#writable -= bytes.length;
    this.#observer.moved(bytes.length);
    this.#outgoing.add(bytes.slice());
    this.#feedServer();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearImmediate(this.#turn);
    if (this.#fault === undefined) this.#end();
  }

  /** What was written before still reaches the server, then the end. */
  #end(): void {
    this.#observer.ended();
    const rest = this.#outgoing.take();
    if (rest !== undefined) this.serverEnd.push(rest);
    this.serverEnd.push(null);
    this.#acknowledgeServer();
  }

  #feedServer(): void {
    const bytes = this.#isServerHungry ? this.#outgoing.take() : undefined;
    if (bytes === undefined) return;
    this.#isServerHungry = false;
    this.#writable = CAPACITY - this.#outgoing.length;
    this.#announce('writable');
    this.serverEnd.push(bytes);
  }

  #onServerWrites(chunk: Uint8Array, done: () => void): void {
    if (this.#isClosed || this.#fault !== undefined) {
      this.serverEnd.destroy();
      done();
      return;
    }
    this.#observer.moved(chunk.length);
    this.#incoming.add(chunk);
    this.#announce('readable');
    this.#acknowledge = done;
    if (this.#incoming.length < CAPACITY) this.#acknowledgeServer();
  }

  #acknowledgeServer(): void {
    const done = this.#acknowledge;
    this.#acknowledge = undefined;
    done?.();
  }

  #announce(news: 'readable' | 'writable'): void {
    this.#hasNews[news] = true;
    this.#schedule();
  }

  /** The meter's handlers run from a turn of their own, never from within a call of either side. */
  #schedule(): void {
    this.#turn ??= setImmediate(() => this.#tell());
  }

  #tell(): void {
    this.#turn = undefined;
    const { readable, writable } = this.#hasNews;
    this.#hasNews = { readable: false, writable: false };
    if (readable) this.#options.onReadable(this.#incoming.length);
    if (writable && !this.#isClosed && this.#fault === undefined) this.#options.onWritable(this.#writable);
    if (this.#fault !== undefined && !this.#isClosed) this.#options.onError(this.#fault);
    if (this.#fault !== undefined) this.#isClosed = true;
  }
}
