import type { Clock, Sensor, SensorHandlers, Timer } from '../../firmware/host';
import type { ChipReading } from './chip-reading';

/** ms in which every phase is asked once */
export const ROUND = 1000;
/** ms without a reading after which the chip is silent */
const PATIENCE = 3000;
/** ms that one reading stands for at most: what was drawn in a longer silence is not known. */
const LONGEST_DURATION = 2 * ROUND;
/** V: below it there is no mains. */
const NO_MAINS = 20;

export interface ChipSensorOptions {
  readonly clock: Clock;
  /** 1 to 3 */
  readonly phases: number;
  /** ms from one `poll` to the next */
  readonly interval: number;
}

/**
 * What the drivers of all metering chips have in common: they look at the chip by the clock, for ever, and open the way
 * to it anew after whatever it threw. There is no longer wait after a failure: to ask once more costs next to nothing.
 * Tells `silent` once when there was no reading for 3 s, `gap` when a reading comes too late to stand for all the time
 * before it, and `no-mains` when that begins.
 */
export abstract class ChipSensor implements Sensor {
  readonly phases: number;
  readonly #clock: Clock;
  readonly #interval: number;
  #handlers: SensorHandlers | undefined;
  #timer: Timer | undefined;
  #isOpen = false;
  /** `monotonic` ms of the last reading, or of the start */
  #readAt = 0;
  #isSilent = false;
  #wasWithoutMains = false;

  constructor({ clock, phases, interval }: ChipSensorOptions) {
    this.phases = phases;
    this.#clock = clock;
    this.#interval = interval;
  }

  /** @throws Error when it runs already */
  start(handlers: SensorHandlers): void {
    if (this.#handlers !== undefined) throw new Error('start: expected a stopped sensor, got a running one');
    this.#handlers = handlers;
    this.#readAt = this.#clock.monotonic();
    this.#isSilent = false;
    this.#wasWithoutMains = false;
    this.#lookAfter(0);
  }

  stop(): void {
    this.#handlers = undefined;
    this.#timer?.cancel();
    this.#shut();
  }

  /** Opens the way to the chip; may throw. */
  protected abstract open(): void;

  /** Asks the chip, and gives its answer where that is there at once; may throw, and is then closed. */
  protected abstract poll(): ChipReading | undefined;

  /** Undoes `open`, also one that threw half-way; may throw. */
  protected abstract close(): void;

  /** Tells a reading, which stands for the time since the one before. */
  protected deliver({ phases, frequency }: ChipReading): void {
    const now = this.#clock.monotonic();
    const elapsed = now - this.#readAt;
    const isWithoutMains = (phases[0]?.voltage ?? 0) < NO_MAINS;
    this.#readAt = now;
    this.#isSilent = false;
    if (elapsed > LONGEST_DURATION) this.#handlers?.onFault('gap');
    if (isWithoutMains && !this.#wasWithoutMains) this.#handlers?.onFault('no-mains');
    this.#wasWithoutMains = isWithoutMains;
    const duration = Math.min(elapsed, LONGEST_DURATION) * 1000;
    this.#handlers?.onMeasurement({ phases, frequency, duration });
  }

  #lookAfter(milliseconds: number): void {
    this.#timer = this.#clock.after(milliseconds, () => this.#look());
  }

  #look(): void {
    this.#lookAfter(this.#interval);
    const reading = this.#attempt();
    if (reading !== undefined) this.deliver(reading);
    else if (this.#clock.monotonic() - this.#readAt >= PATIENCE && !this.#isSilent) {
      this.#isSilent = true;
      this.#handlers?.onFault('silent');
    }
  }

  #attempt(): ChipReading | undefined {
    try {
      if (!this.#isOpen) this.open();
      this.#isOpen = true;
      return this.poll();
    } catch {
      this.#shut();
      return undefined;
    }
  }

  #shut(): void {
    this.#isOpen = false;
    try {
      this.close();
    } catch {
      // It could not be used before either.
    }
  }
}
