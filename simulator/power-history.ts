import type { SimulatedMeter } from './simulated-meter';

const LENGTH = 120;

/** The mean power through a meter, as the house knows it, over each of the last stretches of simulated time. */
export class PowerHistory {
  /** s of simulated time between two values */
  readonly step = 120;
  readonly #values: number[] = [];
  /** Unix seconds, simulated */
  #since: number;
  /** mWh up to then */
  #energy: number;

  constructor(meter: SimulatedMeter, time: number) {
    this.#since = time;
    this.#energy = netEnergy(meter);
  }

  /** W, positive is import; oldest first */
  get values(): readonly number[] {
    return this.#values;
  }

  /** When the next value is due: Unix seconds, simulated */
  get next(): number {
    return this.#since + this.step;
  }

  /** Adds the value that is due now. */
  add(meter: SimulatedMeter): void {
    const energy = netEnergy(meter);
    this.#values.push(((energy - this.#energy) * 3.6) / this.step);
    if (this.#values.length > LENGTH) this.#values.shift();
    this.#since = this.next;
    this.#energy = energy;
  }
}

/** mWh that went into the house, less what came out */
function netEnergy({ home }: SimulatedMeter): number {
  return home.imported - home.exported;
}
