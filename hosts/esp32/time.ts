import type { Clock, Crypto, Timer } from '../../firmware/host';
import { Backoff } from '../../firmware/link/backoff';
import { sntpRequest, sntpTime } from './sntp';

const SNTP_PORT = 123;
/** ms that a server gets to be found, and to answer */
const PATIENCE = 5000;
/** ms until the time is asked for again: a crystal of 50 ppm is off by 4 s then */
const DAY = 86_400_000;
/** ms, the same after an answer that is news, and how often: one that is wrong is put right before it is believed. */
const SOON = 600_000;
const DOUBTS = 6;
/** Unix ms of 1 January 2100: this firmware is not made to last until then. */
const LATEST = 4_102_444_800_000;

/** A packet, and where it says that it comes from. */
export type Datagram = ArrayBuffer & { readonly address?: string; readonly port?: number };

/** What of ECMA-419's UDP is needed to ask for the time. */
export interface DatagramSocket {
  read(): Datagram | undefined;
  /** May throw. */
  write(bytes: Uint8Array, address: string, port: number): void;
  close(): void;
}

export type DatagramSocketClass = new (options: { onReadable(count: number): void }) => DatagramSocket;

/** A clock that can be told the time. */
export interface SettableClock extends Clock {
  setUnixTime(milliseconds: number): void;
}

export interface TimeKeeperOptions {
  readonly io: DatagramSocketClass;
  readonly clock: SettableClock;
  readonly crypto: Pick<Crypto, 'random'>;
  readonly resolve: (host: string, callback: (address: string | undefined) => void) => void;
  /** Names, asked in this order. */
  readonly servers: readonly string[];
  /** Unix ms of the firmware's making: who says that it is earlier is wrong. */
  readonly earliest: number;
  /** @param milliseconds Unix time, for whoever has a clock of his own */
  onSet?(milliseconds: number): void;
}

/**
 * Sets the clock by SNTP (RFC 4330): as soon as it can, and then daily. After an answer that is more than a day off what
 * the clock told, and the first, it asks six times in the next hour.
 */
export class TimeKeeper {
  readonly #options: TimeKeeperOptions;
  readonly #backoff: Backoff;
  #query: Query | undefined;
  #timer: Timer | undefined;
  /** How often it will ask again soon. */
  #doubts = 0;

  constructor(options: TimeKeeperOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.crypto);
  }

  /** There is a network: asks now, unless the time is known or it is asking already. */
  onNetwork(): void {
    if (this.#query !== undefined || this.#options.clock.now() !== undefined) return;
    this.#backoff.reset();
    this.#ask(0);
  }

  #ask(index: number): void {
    this.#timer?.cancel();
    const server = this.#options.servers[index];
    if (server === undefined) {
      this.#query = undefined;
      this.#timer = this.#options.clock.after(this.#backoff.next(), () => this.#ask(0));
      return;
    }
    this.#query = new Query(this.#options, server, milliseconds => {
      const { earliest } = this.#options;
      if (milliseconds === undefined || milliseconds < earliest || milliseconds >= LATEST)
        this.#ask(index + 1);
      else this.#set(milliseconds);
    });
  }

  #set(milliseconds: number): void {
    const { clock, onSet } = this.#options;
    this.#query = undefined;
    this.#backoff.reset();
    const isNews = Math.abs(milliseconds - 1000 * (clock.now() ?? 0)) > DAY;
    this.#doubts = isNews ? DOUBTS : Math.max(0, this.#doubts - 1);
    clock.setUnixTime(milliseconds);
    onSet?.(milliseconds);
    this.#timer = clock.after(this.#doubts > 0 ? SOON : DAY, () => this.#ask(0));
  }
}

/** One question to one server. Tells the Unix ms of the moment, or undefined, once, never from within its making. */
class Query {
  readonly #clock: Clock;
  readonly #cookie: Uint8Array;
  readonly #onEnd: (milliseconds: number | undefined) => void;
  readonly #timer: Timer;
  #socket: DatagramSocket | undefined;
  #address = '';
  #sentAt = 0;
  #isOver = false;

  constructor(options: TimeKeeperOptions, server: string, onEnd: (milliseconds: number | undefined) => void) {
    const { clock, crypto, resolve } = options;
    this.#clock = clock;
    this.#cookie = crypto.random(8);
    this.#onEnd = onEnd;
    this.#timer = clock.after(PATIENCE, () => this.#end(undefined));
    resolve(server, address => {
      if (address !== undefined && !this.#isOver) this.#send(options.io, address);
    });
  }

  /** What cannot be sent ends as what is not answered does. */
  #send(io: DatagramSocketClass, address: string): void {
    try {
      this.#socket = new io({ onReadable: count => this.#onReadable(count) });
      this.#address = address;
      this.#sentAt = this.#clock.monotonic();
      this.#socket.write(sntpRequest(this.#cookie), address, SNTP_PORT);
    } catch {
      this.#socket?.close();
      this.#socket = undefined;
    }
  }

  #onReadable(count: number): void {
    for (let k = 0; k < count && this.#socket !== undefined; k++) {
      const packet = this.#socket.read();
      const isFromServer = packet !== undefined && this.#isFromServer(packet);
      const time = isFromServer ? sntpTime(new Uint8Array(packet), this.#cookie) : undefined;
      // half of the way there and back
      if (time !== undefined) this.#end(time + (this.#clock.monotonic() - this.#sentAt) / 2);
    }
  }

  /** Where the socket tells. */
  #isFromServer({ address = this.#address, port = SNTP_PORT }: Datagram): boolean {
    return address === this.#address && port === SNTP_PORT;
  }

  #end(milliseconds: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#socket?.close();
    this.#socket = undefined;
    this.#onEnd(milliseconds);
  }
}
