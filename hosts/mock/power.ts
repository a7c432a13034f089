import type { Clock, Host, Network, Socket, SocketOptions, Timer } from '../../firmware/host';

/**
 * A host as the firmware sees it from one power-up to the next power cut. The cut leaves flash and secrets as they
 * are and takes all else: no timer of the dead run fires, its sockets are gone without a farewell, its relay falls
 * open. The next run gets a `PoweredHost` of its own.
 */
export class PoweredHost implements Host {
  readonly sensor: Host['sensor'];
  readonly relay: Host['relay'];
  readonly flash: Host['flash'];
  readonly secrets: Host['secrets'];
  readonly crypto: Host['crypto'];
  readonly clock: Clock;
  readonly network: Network;
  readonly #timers = new Set<Timer>();
  readonly #sockets = new Set<Socket>();

  constructor(host: Host) {
    this.sensor = host.sensor;
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
  }

  cutPower(): void {
    this.sensor.stop();
    for (const timer of this.#timers) timer.cancel();
    for (const socket of this.#sockets) socket.close();
    this.#timers.clear();
    this.#sockets.clear();
    this.relay.open();
  }

  #after(clock: Clock, milliseconds: number, callback: () => void): Timer {
    const timer = clock.after(milliseconds, () => {
      this.#timers.delete(timer);
      callback();
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
      onReadable: count => options.onReadable(count),
      onWritable: count => options.onWritable(count),
      onError: fault => {
        this.#sockets.delete(socket);
        options.onError(fault);
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
