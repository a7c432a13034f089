import type { Prng } from '../../hosts/mock/prng';
import type { Steps } from './steps';
import { MINUTE } from './time';

const NOMINAL_VOLTAGE = 230;
const NOMINAL_FREQUENCY = 50;

/** Ω of the long line to the transformer: what makes the lights dim when the kettle is on. */
const LINE_RESISTANCE = 0.6;

/** A value that wanders about zero (an Ornstein-Uhlenbeck process, stepped each second), never beyond a bound. */
class Wander {
  value = 0;
  readonly #keep: number;
  readonly #kick: number;
  readonly #bound: number;

  constructor(deviation: number, seconds: number, bound: number) {
    this.#keep = Math.exp(-1 / seconds);
    this.#kick = deviation * Math.sqrt(1 - this.#keep ** 2);
    this.#bound = bound;
  }

  step(gaussian: number): void {
    const next = this.value * this.#keep + this.#kick * gaussian;
    this.value = Math.min(this.#bound, Math.max(-this.#bound, next));
  }
}

/** A weak grid: 230 V ± 5 % before the line's drop, and 50 ± 0.1 Hz, both changing each second. */
export class Grid implements Steps {
  nextChange = 0;
  readonly #prng: Prng;
  readonly #voltage = new Wander(3.5, 20 * MINUTE, 0.05 * NOMINAL_VOLTAGE);
  readonly #frequency = new Wander(0.03, MINUTE, 0.1);

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Hz */
  get frequency(): number {
    return NOMINAL_FREQUENCY + this.#frequency.value;
  }

  /** V at the house while it draws `activePower` (W): it sags under a load, and rises with export. */
  voltage(activePower: number): number {
    const open = NOMINAL_VOLTAGE + this.#voltage.value;
    return open - (LINE_RESISTANCE * activePower) / open;
  }

  advance(to: number): void {
    for (; this.nextChange <= to; this.nextChange++) {
      this.#voltage.step(this.#prng.gaussian());
      this.#frequency.step(this.#prng.gaussian());
    }
  }
}
