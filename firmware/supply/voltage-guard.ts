import type { PhaseMeasurement } from '../host';
import type { PolicySetting } from '../ledger/policy';

/** ms that a voltage must be beyond its limit: what a fridge's start or a lightning arrester does is over by then */
const TOO_HIGH = 600;
const TOO_LOW = 5000;
/** ms that all voltages must then be within the limits */
const BACK = 10_000;
/** By which they must be within them then, so that what trips does not rattle */
const HYSTERESIS = 0.02;

/** Trips when something lasts, and lets go when its contrary does. */
class Trip {
  isTripped = false;
  readonly #delay: number;
  /** ms, monotonic: since when it is other than `isTripped` says */
  #since: number | undefined;

  constructor(delay: number) {
    this.#delay = delay;
  }

  /** @param isContrary whether it is now other than `isTripped` says */
  take(isContrary: boolean, time: number): void {
    if (!isContrary) {
      this.#since = undefined;
      return;
    }
    this.#since ??= time;
    if (time - this.#since < (this.isTripped ? BACK : this.#delay)) return;
    this.isTripped = !this.isTripped;
    this.#since = undefined;
  }

  /** Not tripped, nor about to be. */
  get isCalm(): boolean {
    return !this.isTripped && this.#since === undefined;
  }

  reset(): void {
    this.isTripped = false;
    this.#since = undefined;
  }
}

/**
 * Finds voltages that no appliance should have to bear: one phase above the limit for 0.6 s, or below for 5 s, until all
 * are 2 % within for 10 s. The sensor sits before the relay, so it sees them come back.
 */
export class VoltageGuard {
  readonly #over = new Trip(TOO_HIGH);
  readonly #under = new Trip(TOO_LOW);
  /** V */
  #most = Number.POSITIVE_INFINITY;
  #least = 0;
  /** Neither has tripped, nor is about to. */
  #isCalm = true;

  get isOvervoltage(): boolean {
    return this.#over.isTripped;
  }

  get isUndervoltage(): boolean {
    return this.#under.isTripped;
  }

  /** Other limits from now on; where one is none, what it found is forgotten. */
  setLimits({ nominalVoltage, overvoltage, undervoltage }: PolicySetting): void {
    this.#most = overvoltage === 0 ? Number.POSITIVE_INFINITY : (nominalVoltage * overvoltage) / 1000;
    this.#least = (nominalVoltage * undervoltage) / 1000;
    if (overvoltage === 0) this.#over.reset();
    if (undervoltage === 0) this.#under.reset();
  }

  /** Takes what a window measured, one that is believed. False when that is nothing new. @param time ms, monotonic */
  take(phases: readonly PhaseMeasurement[], time: number): boolean {
    if (this.#isCalm && this.#areWithin(phases)) return false;
    const over = this.#over;
    const under = this.#under;
    const most = over.isTripped ? this.#most * (1 - HYSTERESIS) : this.#most;
    over.take(isAnyAbove(phases, most) !== over.isTripped, time);
    const least = under.isTripped ? this.#least * (1 + HYSTERESIS) : this.#least;
    under.take(isAnyBelow(phases, least) !== under.isTripped, time);
    this.#isCalm = over.isCalm && under.isCalm;
    return true;
  }

  #areWithin(phases: readonly PhaseMeasurement[]): boolean {
    for (let p = 0; p < phases.length; p++) {
      const voltage = (phases[p] as PhaseMeasurement).voltage;
      if (voltage > this.#most || voltage < this.#least) return false;
    }
    return true;
  }
}

function isAnyAbove(phases: readonly PhaseMeasurement[], limit: number): boolean {
  for (let p = 0; p < phases.length; p++) if ((phases[p] as PhaseMeasurement).voltage > limit) return true;
  return false;
}

function isAnyBelow(phases: readonly PhaseMeasurement[], limit: number): boolean {
  for (let p = 0; p < phases.length; p++) if ((phases[p] as PhaseMeasurement).voltage < limit) return true;
  return false;
}
