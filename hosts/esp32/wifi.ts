import type { Clock, Crypto, Timer } from '../../firmware/host';
import { Backoff } from '../../firmware/link/backoff';

/** ms from the attempt to connect until the network has given an address */
const CONNECT_TIMEOUT = 30_000;
/** ms without a connection after which the radio is started anew: what hangs in its driver does not mend by itself. */
const RADIO_PATIENCE = 900_000;
/** ECMA-419 network interface: neither connected nor trying; connected, with an address. */
const DISCONNECTED = 200;
const CONNECTED = 500;

/** What of the SDK's Wi-Fi is needed to stay connected. */
export interface WifiInterface {
  /** 500 when there is an address, less before. */
  readonly connection: number;
  /** May throw. */
  connect(options: { readonly SSID: string; readonly password?: string }): void;
  disconnect(): void;
}

export type WifiInterfaceClass = new (options: { onChanged(property: string): void }) => WifiInterface;

export interface WifiSettings {
  /** 1 to 32 bytes */
  readonly ssid: string;
  /** 8 to 63 bytes; absent for an open network */
  readonly password?: string;
}

/** `off`: no settings. `connecting`: trying, or waiting to try again. */
export type WifiState = 'off' | 'connecting' | 'online';

export interface WifiKeeperOptions {
  readonly io: WifiInterfaceClass;
  readonly clock: Clock;
  readonly crypto: Pick<Crypto, 'random'>;
  /** Switches the radio off and on. */
  readonly restartRadio: () => void;
  onChange(state: WifiState): void;
}

/** Keeps Wi-Fi connected: tries without end, ever more rarely. */
export class WifiKeeper {
  readonly #options: WifiKeeperOptions;
  readonly #backoff: Backoff;
  #interface: WifiInterface | undefined;
  #settings: WifiSettings | undefined;
  #state: WifiState = 'off';
  /** Ends an attempt, or the wait before the next. */
  #timer: Timer | undefined;
  #isAttempting = false;
  /** `monotonic` ms */
  #offlineSince = 0;

  constructor(options: WifiKeeperOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.crypto);
  }

  get state(): WifiState {
    return this.#state;
  }

  /** Connects, or connects to another network; without settings leaves the one that it is in. */
  use(settings: WifiSettings | undefined): void {
    this.#settings = settings;
    this.#timer?.cancel();
    this.#isAttempting = false;
    this.#interface?.disconnect();
    this.#backoff.reset();
    this.#offlineSince = this.#options.clock.monotonic();
    this.#enter(settings === undefined ? 'off' : 'connecting');
    if (settings !== undefined) this.#attempt(settings);
  }

  #attempt({ ssid, password }: WifiSettings): void {
    this.#isAttempting = true;
    this.#timer = this.#options.clock.after(CONNECT_TIMEOUT, () => this.#onFailed());
    try {
      this.#interface ??= new this.#options.io({ onChanged: () => this.#onChanged() });
      this.#interface.connect({ SSID: ssid, ...(password !== undefined && { password }) });
    } catch {
      this.#onFailed();
    }
  }

  /** A stage on the way to an address is neither success nor failure. */
  #onChanged(): void {
    const connection = this.#interface?.connection ?? 0;
    if (this.#settings === undefined) return;
    if (connection >= CONNECTED) this.#onConnected();
    else if (this.#state === 'online') this.#onLost();
    else if (this.#isAttempting && connection <= DISCONNECTED) this.#onFailed();
  }

  #onConnected(): void {
    this.#isAttempting = false;
    this.#timer?.cancel();
    this.#backoff.reset();
    this.#enter('online');
  }

  #onLost(): void {
    this.#offlineSince = this.#options.clock.monotonic();
    this.#interface?.disconnect();
    this.#enter('connecting');
    this.#tryLater();
  }

  #onFailed(): void {
    this.#isAttempting = false;
    this.#interface?.disconnect();
    const now = this.#options.clock.monotonic();
    if (now - this.#offlineSince >= RADIO_PATIENCE) {
      this.#offlineSince = now;
      this.#options.restartRadio();
    }
    this.#tryLater();
  }

  #tryLater(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(this.#backoff.next(), () => {
      if (this.#settings !== undefined) this.#attempt(this.#settings);
    });
  }

  #enter(state: WifiState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onChange(state);
  }
}
