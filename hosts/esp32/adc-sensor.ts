import type { Capture, Clock, Crypto, Sensor, SensorHandlers, Timer } from '../../firmware/host';
import { Backoff } from '../../firmware/link/backoff';
import { expectSets } from '../../firmware/metrology/capture-length';
import { MainsWatch } from '../../firmware/metrology/mains-watch';
import type { SampledWindow } from '../native/sampler/native-window';

/** ms between two looks for windows, which take some 200 */
const POLL = 50;
/** ms without a window after which the sampler is taken to hang */
const PATIENCE = 2000;
/**
 * Clipped conversions in a window, of all channels, from which on they are `saturation`. A signal too large for the
 * converter clips at every crest, so ten times or more in a window; an inrush, several times in one crest. Fewer are
 * spikes of the converter: one among 800 sample sets changes the window's power by at most half a percent of full load,
 * upwards as often as downwards. If they were told, nobody would heed the clipping that does lose energy.
 */
const SATURATION = 4;

/** The native sampler, or one like it. */
export interface WindowSampler {
  /** @returns false when the hardware refuses, or there is no memory for it */
  start(): boolean;
  /** The oldest window that has not been taken. */
  take(): SampledWindow | undefined;
  /** Asks for the next `sets` sample sets, 1 to 256, and forgets what was asked before. While it is sampling. */
  capture(sets: number): void;
  /** What was asked for, once, when it is whole. */
  takeCapture(): Capture | undefined;
  stop(): void;
}

export interface AdcSensorOptions {
  readonly sampler: WindowSampler;
  /** 1 to 3 */
  readonly phases: number;
  readonly clock: Clock;
  readonly crypto: Pick<Crypto, 'random'>;
}

/**
 * The sensor on the ESP32's own converter. Tells `gap` for every window that samples were lost in, `saturation` and
 * `no-mains` when they begin, and `silent` when the sampler hangs, which is then started anew until it delivers.
 */
export class AdcSensor implements Sensor {
  readonly phases: number;
  readonly #options: AdcSensorOptions;
  readonly #backoff: Backoff;
  #mains: MainsWatch;
  #handlers: SensorHandlers | undefined;
  #timer: Timer | undefined;
  /** `monotonic` ms of the last window, or of the start */
  #lastSign = 0;
  #wasSaturated = false;
  #wasWithoutMains = false;

  constructor(options: AdcSensorOptions) {
    this.phases = options.phases;
    this.#options = options;
    this.#backoff = new Backoff(options.crypto);
    this.#mains = new MainsWatch(options.phases);
  }

  /** @throws Error when it runs already */
  start(handlers: SensorHandlers): void {
    if (this.#handlers !== undefined) throw new Error('start: expected a stopped sensor, got a running one');
    this.#handlers = handlers;
    this.#wasSaturated = false;
    this.#wasWithoutMains = false;
    this.#mains = new MainsWatch(this.phases);
    this.#timer = this.#options.clock.after(0, () => this.#startSampler());
  }

  stop(): void {
    this.#handlers = undefined;
    this.#timer?.cancel();
    this.#options.sampler.stop();
  }

  /** @throws RangeError when `sets` is not 1 to 256 */
  capture(sets: number): void {
    expectSets(sets);
    if (this.#handlers !== undefined) this.#options.sampler.capture(sets);
  }

  #startSampler(): void {
    this.#lastSign = this.#options.clock.monotonic();
    if (this.#options.sampler.start()) this.#pollLater();
    else this.#onSilence();
  }

  #pollLater(): void {
    this.#timer = this.#options.clock.after(POLL, () => this.#poll());
  }

  #poll(): void {
    const { sampler, clock } = this.#options;
    for (let next = sampler.take(); next !== undefined; next = sampler.take()) {
      this.#lastSign = clock.monotonic();
      this.#backoff.reset();
      this.#deliver(next);
      if (this.#handlers === undefined) return;
    }
    const capture = sampler.takeCapture();
    if (capture !== undefined) this.#handlers?.onCapture(capture);
    if (this.#handlers === undefined) return;
    if (clock.monotonic() - this.#lastSign >= PATIENCE) this.#onSilence();
    else this.#pollLater();
  }

  #deliver(sampled: SampledWindow): void {
    this.#report(sampled);
    this.#handlers?.onWindow(sampled.window);
  }

  #report({ window, losses, clipped }: SampledWindow): void {
    const isSaturated = clipped >= SATURATION;
    const isWithoutMains = this.#mains.take(window);
    if (losses > 0 || window.gap > 0) this.#handlers?.onFault('gap');
    if (isSaturated && !this.#wasSaturated) this.#handlers?.onFault('saturation');
    if (isWithoutMains && !this.#wasWithoutMains) this.#handlers?.onFault('no-mains');
    this.#wasSaturated = isSaturated;
    this.#wasWithoutMains = isWithoutMains;
  }

  #onSilence(): void {
    const { sampler, clock } = this.#options;
    sampler.stop();
    this.#timer = clock.after(this.#backoff.next(), () => this.#startSampler());
    this.#handlers?.onFault('silent');
  }
}
