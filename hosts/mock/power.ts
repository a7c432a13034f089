import type {
  Clock,
  Host,
  Indicator,
  Network,
  Sensor,
  SensorHandlers,
  Socket,
  SocketOptions,
  Timer,
  Watchdog,
} from '../../firmware/host';
import { PowerLost } from './flash';

/**
 * A host as the firmware sees it from one power-up to the next power cut. The cut leaves flash and secrets as they
 * are and takes all else: no timer of the dead run fires, its sensor is silent, its sockets are gone without a
 * farewell, its relay falls open. A cut of the flash's own power, in whatever the host called, is one of all power.
 * The next run gets a `PoweredHost` of its own.
 */
export class PoweredHost implements Host {
  readonly sensor: Sensor;
  readonly relay: Host['relay'];
  readonly flash: Host['flash'];
  readonly secrets: Host['secrets'];
  readonly crypto: Host['crypto'];
  readonly clock: Clock;
  readonly network: Network;
  readonly indicator?: Indicator;
  readonly watchdog?: Watchdog;
  readonly #timers = new Set<Timer>();
  readonly #sockets = new Set<Socket>();
  #isOn = true;

  constructor(host: Host) {
    const { sensor } = host;
    this.sensor = {
      phases: sensor.phases,
      start: handlers => sensor.start(this.#powered(handlers)),
      stop: () => sensor.stop(),
    };
    this.relay = host.relay;
    this.flash = host.flash;
    this.secrets = host.secrets;
    this.crypto = host.crypto;
    this.clock = {
      monotonic: () => host.clock.monotonic(),
      now: () => host.clock.now(),
      after: (milliseconds, callback) => this.#after(host.clock, milliseconds, callback),
    };
    this.network = { open: options => this.#open(host.network, options) };
    if (host.indicator !== undefined) this.indicator = host.indicator;
    if (host.watchdog !== undefined) this.watchdog = host.watchdog;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  cutPower(): void {
    this.#isOn = false;
    this.sensor.stop();
    for (const timer of this.#timers) timer.cancel();
    for (const socket of this.#sockets) socket.close();
    this.#timers.clear();
    this.#sockets.clear();
    this.relay.open();
  }

  /** Calls the firmware, if there still is power. */
  #call(handler: () => void): void {
    if (!this.#isOn) return;
    try {
      handler();
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      this.cutPower();
    }
  }

  #powered(handlers: SensorHandlers): SensorHandlers {
    return {
      onWindow: window => this.#call(() => handlers.onWindow(window)),
      onMeasurement: measurement => this.#call(() => handlers.onMeasurement(measurement)),
      onFault: fault => this.#call(() => handlers.onFault(fault)),
    };
  }

  #after(clock: Clock, milliseconds: number, callback: () => void): Timer {
    const timer = clock.after(milliseconds, () => {
      this.#timers.delete(timer);
      this.#call(callback);
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
        timer.cancel();
      },
    };
  }

  #open(network: Network, options: SocketOptions): Socket {
    const socket = network.open({
      ...options,
      onReadable: count => this.#call(() => options.onReadable(count)),
      onWritable: count => this.#call(() => options.onWritable(count)),
      onError: fault => {
        this.#sockets.delete(socket);
        this.#call(() => options.onError(fault));
      },
    });
    this.#sockets.add(socket);
    return {
      read: limit => socket.read(limit),
      write: bytes => socket.write(bytes),
      close: () => {
        this.#sockets.delete(socket);
        socket.close();
      },
    };
  }
}
