import type { PhaseMeasurement } from '../host';

const { abs, max, min } = Math;

/** Windows in the average, some 13 s, which leave an eleventh of a window's noise; and the fewest that are one */
const MOST = 64;
const FEWEST = 16;
/** Times the threshold: power that needs no average, and a change that noise never makes, upon which it begins anew */
const STEP = 8;

/**
 * Tells a load from noise (IEC 62053-21 §8.3, starting and no-load condition). A starting current of 0.004 Ib is less
 * than what a 12-bit converter's noise reads like in one window. So of little power it is the average of some seconds
 * that counts: where it reaches the threshold it registers, else nothing does; the power of single windows would now and
 * then flow back. Never does more register than was measured, also not when the average still falls.
 */
export class NoLoadGate {
  readonly #threshold: number;
  readonly #active: LittlePower;
  readonly #reactive: LittlePower;
  /** W, times windows: measured since there is a load, and not registered */
  #kept = 0;

  /** @param noLoadWatts W, and var: less on average is no load; at 0 everything passes */
  constructor(noLoadWatts: number) {
    this.#threshold = noLoadWatts;
    this.#active = new LittlePower(STEP * noLoadWatts);
    this.#reactive = new LittlePower(STEP * noLoadWatts);
  }

  /** Begins with these averages, W and var, where it is known what was drawn before. */
  prime(active: number, reactive: number): void {
    this.#active.prime(active);
    this.#reactive.prime(reactive);
  }

  /** What of a phase's measurement is a load: all, all but the active power, or only the voltage. */
  pass(measured: PhaseMeasurement): PhaseMeasurement {
    if (this.#threshold === 0) return measured;
    const isLittle = this.#active.take(measured.activePower);
    this.#reactive.take(measured.reactivePower);
    if (isLittle) return this.#little(measured);
    this.#kept = 0;
    return measured;
  }

  #little({
    voltage,
    current,
    activePower,
    reactivePower,
    apparentPower,
  }: PhaseMeasurement): PhaseMeasurement {
    const registered = this.#register(activePower);
    if (registered === 0 && abs(this.#reactive.average) < this.#threshold)
      return { voltage, current: 0, activePower: 0, reactivePower: 0, apparentPower: 0, powerFactor: 1 };
    const apparent = max(apparentPower, abs(registered));
    return {
      voltage,
      current,
      activePower: registered,
      reactivePower,
      apparentPower: apparent,
      powerFactor: registered / apparent,
    };
  }

  /** W: the average, or what there is of it. */
  #register(activePower: number): number {
    const average = this.#active.average;
    if (abs(average) < this.#threshold) {
      this.#kept = 0;
      return 0;
    }
    const kept = this.#kept + activePower;
    const registered = average > 0 ? max(0, min(average, kept)) : min(0, max(average, kept));
    this.#kept = kept - registered;
    return registered;
  }
}

/** The average of a power while it is little. */
class LittlePower {
  readonly #step: number;
  #average = 0;
  /** In the average, at most `MOST` */
  #windows = 0;

  constructor(step: number) {
    this.#step = step;
  }

  /** W or var; 0 while there are too few windows, whose noise alone might reach the threshold */
  get average(): number {
    return this.#windows < FEWEST ? 0 : this.#average;
  }

  prime(average: number): void {
    this.#average = average;
    this.#windows = MOST;
  }

  /** True when it is too little to stand for itself. */
  take(power: number): boolean {
    const step = this.#step;
    // Neither `abs` nor `prime`: a call takes XS as long as two multiplications.
    if (!(power < step && power > -step)) {
      this.#average = power;
      this.#windows = MOST;
      return false;
    }
    const risenBy = power - this.#average;
    if (abs(risenBy) > step) {
      this.#average = power;
      this.#windows = 1;
    } else {
      if (this.#windows < MOST) this.#windows++;
      this.#average += risenBy / this.#windows;
    }
    return true;
  }
}
