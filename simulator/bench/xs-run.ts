import type { Flash } from '../../firmware/host';
import { VirtualClock } from '../../hosts/mock/clock';
import type { MemoryNetwork } from '../../hosts/mock/network';
import { PoweredHost } from '../../hosts/mock/power';
import { Prng } from '../../hosts/mock/prng';
import { MockRelay } from '../../hosts/mock/relay';
import { ScriptedSensor } from '../../hosts/mock/scripted-sensor';
import { createCrypto } from '../../hosts/node/crypto';
import { type XsImage, XsMeter } from '../../hosts/xs/xs-meter';
import { LOAD } from './bench-meter';

const START_TIME = Date.UTC(2026, 5, 1) / 1000;
const BROKER = { host: 'broker', port: 1883 };

/** A meter on XS, from power-up on, in virtual time and under the load of the bench. */
export class XsRun {
  readonly #meter: XsMeter;
  readonly #host: PoweredHost;
  readonly #sensor = new ScriptedSensor();
  readonly #clock = new VirtualClock(START_TIME);
  readonly #network: MemoryNetwork;

  constructor(image: XsImage, flash: Flash, network: MemoryNetwork) {
    this.#network = network;
    const prng = new Prng('xs');
    const seed = prng.bytes(32);
    this.#host = new PoweredHost({
      sensor: this.#sensor,
      relay: new MockRelay(),
      flash,
      secrets: { seed: () => seed },
      clock: this.#clock,
      crypto: createCrypto(length => prng.bytes(length)),
      network,
    });
    this.#meter = new XsMeter(image, this.#host, { calibration: [], broker: BROKER });
    this.#meter.start();
  }

  get lastReading(): number {
    return this.#meter.lastReading;
  }

  /** Bytes before there was a meter. */
  get baseline(): number {
    return this.#meter.baseline.used;
  }

  /** Bytes beyond the baseline: the most at any time since the start or the last `collect`. */
  get peak(): number {
    return this.#meter.heap().peak - this.baseline;
  }

  /** Bytes beyond the baseline that are left without garbage. */
  collect(): number {
    return this.#meter.collect().used - this.baseline;
  }

  /** Lets time pass, a window each second and all that the network does in between. */
  async pass(seconds: number): Promise<void> {
    for (let k = 0; k < seconds; k++) {
      this.#sensor.measurement(LOAD);
      await this.#network.settled();
      this.#clock.advance(1000);
    }
    await this.#network.settled();
  }

  /** Switches the power off. @throws Error when a meter with a name was not online: then this measured something else */
  end(): void {
    const { isOnline, m3terId } = this.#meter;
    this.#host.cutPower();
    this.#meter.kill();
    if (m3terId !== undefined && !isOnline) throw new Error('meter on XS: expected to be online');
  }
}
