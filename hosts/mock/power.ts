import type {
  Clock,
  Host,
  Indicator,
  Network,
  PowerWatch,
  RestartCause,
  Sensor,
  SensorHandlers,
  Socket,
  SocketOptions,
  TamperSwitch,
  Timer,
  Update,
  Watchdog,
} from '../../firmware/host';
import { PowerLost } from './flash';

export interface PowerOptions {
  /** The relay stays as it is without power; absent: it falls open. */
  readonly isLatching?: boolean;
  /** Told of what the firmware threw, with the power cut already; absent: it is thrown. */
  readonly onException?: (error: unknown) => void;
}

/**
 * A host as the firmware sees it from one power-up to the next power cut. The cut leaves flash and secrets as they
 * are and takes all else: no timer of the dead run fires, its sensor is silent, its sockets are gone without a
 * farewell, its relay falls open, if it is not one that latches. A cut of the flash's own power, in whatever the host called, is one of all power.
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
  readonly tamper?: TamperSwitch;
  readonly powerWatch?: PowerWatch;
  readonly update?: Update;
  readonly restart?: RestartCause;
  readonly #options: PowerOptions;
  readonly #timers = new Set<Timer>();
  readonly #sockets = new Set<Socket>();
  #isOn = true;
  #isHung = false;

  constructor(host: Host, options: PowerOptions = {}) {
    const { sensor } = host;
    this.#options = options;
    this.sensor = {
      phases: sensor.phases,
      start: handlers => sensor.start(this.#powered(handlers)),
      stop: () => sensor.stop(),
      ...(sensor.capture && { capture: sets => sensor.capture?.(sets) }),
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
    if (host.update !== undefined) this.update = host.update;
    const { powerWatch } = host;
    if (host.tamper !== undefined) this.tamper = host.tamper;
    if (powerWatch !== undefined)
      this.powerWatch = { start: onFailing => powerWatch.start(() => this.#call(onFailing)) };
    if (host.restart !== undefined) this.restart = host.restart;
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
    if (!this.#options.isLatching) this.relay.open();
  }

  /** The firmware never comes back from what it does: nothing reaches it any more. */
  hang(): void {
    this.#isHung = true;
  }

  /** Calls the firmware, if there still is power. */
  #call(handler: () => void): void {
    if (!this.#isOn || this.#isHung) return;
    try {
      handler();
    } catch (error) {
      const { onException } = this.#options;
      const isHandled = error instanceof PowerLost || onException !== undefined;
      if (!isHandled) throw error;
      this.cutPower();
      if (!(error instanceof PowerLost)) onException?.(error);
    }
  }

  #powered(handlers: SensorHandlers): SensorHandlers {
    return {
      onWindow: window => this.#call(() => handlers.onWindow(window)),
      onMeasurement: measurement => this.#call(() => handlers.onMeasurement(measurement)),
      onFault: fault => this.#call(() => handlers.onFault(fault)),
      onCapture: capture => this.#call(() => handlers.onCapture(capture)),
    };
  }

  #after(clock: Clock, milliseconds: number, callback: () => void): Timer {
    const timers = this.#timers;
    const timer = clock.after(milliseconds, () => {
      timers.delete(timer);
      this.#call(callback);
    });
    timers.add(timer);
    return {
      cancel() {
        timers.delete(timer);
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
