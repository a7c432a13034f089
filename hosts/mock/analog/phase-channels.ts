import type { AnalogHardware, CurrentTransformer } from './hardware';
import type { NoiseTable } from './noise';
import { NODES, type PhaseCycle } from './phase-cycle';
import { FULL_SCALE, RANGE } from './transfer';

const { PI, sqrt } = Math;

/** Some sample sets in a row, within one cycle of the mains. */
export interface Stretch {
  /** Index of the first row in the block */
  row: number;
  rows: number;
  /** Cycles of phase 1 from where its cycle began to the first row, 0 to below 1 */
  cycle: number;
  /** Cycles from one row to the next */
  step: number;
  /** Counts, RMS */
  noise: number;
}

/** What mains puts on both channels of one phase, and what the converter makes of it. */
export class PhaseChannels {
  readonly #hardware: AnalogHardware;
  readonly #transfer: Float64Array;
  readonly #noise: NoiseTable;
  /** Among the phases, from 0 */
  readonly #index: number;
  readonly #highPassV: HighPass;
  readonly #highPassI: HighPass;
  #cycle: PhaseCycle;
  /** mV by A that flows in the primary */
  #millivoltsPerAmp = 0;
  /** A², summed over the rows since `adapt` */
  #square = 0;
  #rows = 0;
  /** mV */
  biasV = 0;
  biasI = 0;
  clipped = false;

  constructor(
    hardware: AnalogHardware,
    transfer: Float64Array,
    noise: NoiseTable,
    index: number,
    cycle: PhaseCycle,
  ) {
    this.#hardware = hardware;
    this.#transfer = transfer;
    this.#noise = noise;
    this.#index = index;
    this.#cycle = cycle;
    this.#highPassV = new HighPass(hardware.voltage.corner, hardware.samplePeriod);
    this.#highPassI = new HighPass(hardware.current.large.corner, hardware.samplePeriod);
    this.#magnetise(cycle.current);
  }

  get cycle(): PhaseCycle {
    return this.#cycle;
  }

  follow(cycle: PhaseCycle): void {
    this.#cycle = cycle;
  }

  /** The core follows the current that its last cycle had. */
  adapt(): void {
    if (this.#rows > 0) this.#magnetise(sqrt(this.#square / this.#rows));
    this.#square = 0;
    this.#rows = 0;
  }

  #magnetise(amps: number): void {
    const { current, samplePeriod } = this.#hardware;
    this.#millivoltsPerAmp =
      ((1000 * current.burden) / current.turns) * (1 + ratioErrorAt(current, amps) / 100);
    this.#highPassI.tune(cornerAt(current, amps), samplePeriod);
  }

  /** Converts a stretch into the block. @param share of the current that flows: 1, or 0 between bursts */
  convert(block: Uint16Array, stretch: Stretch, share: number): void {
    const { phases, voltage, conversionInterval, samplePeriod } = this.#hardware;
    const { volts, amps, crosstalk } = this.#cycle;
    const width = 2 * phases;
    const step = stretch.step * NODES;
    const skew = (step * conversionInterval) / samplePeriod;
    const millivoltsPerVolt = 1 / voltage.voltsPerMillivolt;
    const millivoltsPerAmp = this.#millivoltsPerAmp;
    const filterV = this.#highPassV;
    const filterI = this.#highPassI;
    const noise = stretch.noise;
    let x = stretch.cycle * NODES + 2 * this.#index * skew;
    let at = stretch.row * width + 2 * this.#index;
    let square = 0;
    for (let k = 0; k < stretch.rows; k++) {
      const nodeV = x | 0;
      const v0 = volts[nodeV] as number;
      const v = filterV.pass(v0 + (x - nodeV) * ((volts[nodeV + 1] as number) - v0));
      const y = x + skew;
      const nodeI = y | 0;
      const i0 = amps[nodeI] as number;
      const i = filterI.pass(share * (i0 + (y - nodeI) * ((amps[nodeI + 1] as number) - i0)));
      const seen = i + (crosstalk[nodeI] as number);
      const bits = this.#noise.draw();
      block[at] = this.#code(this.biasV + v * millivoltsPerVolt, noise * this.#noise.first(bits));
      block[at + 1] = this.#code(this.biasI + seen * millivoltsPerAmp, noise * this.#noise.second(bits));
      square += i * i;
      x += step;
      at += width;
    }
    this.#square += square;
    this.#rows += stretch.rows;
  }

  /** @param noise counts */
  #code(millivolts: number, noise: number): number {
    const level = millivolts < 0 ? 0 : millivolts > RANGE ? RANGE : millivolts;
    const k = level | 0;
    const below = this.#transfer[k] as number;
    const counts = below + (level - k) * ((this.#transfer[k + 1] as number) - below);
    const code = Math.round(counts + noise);
    if (code >= 0 && code <= FULL_SCALE) return code;
    this.clipped = true;
    return code < 0 ? 0 : FULL_SCALE;
  }
}

/** Hz. @param amps RMS */
export function cornerAt({ small, large, knee }: CurrentTransformer, amps: number): number {
  return small.corner + ((large.corner - small.corner) * amps) / (amps + knee);
}

/** %. @param amps RMS */
export function ratioErrorAt({ small, large, knee }: CurrentTransformer, amps: number): number {
  return small.ratioError + ((large.ratioError - small.ratioError) * amps) / (amps + knee);
}

/** First order, by the trapezoidal rule: what passes leads by atan(corner / frequency). */
class HighPass {
  #share = 0;
  #scale = 1;
  /** What is held back, and half of its next change */
  #held = 0;

  /** @param corner Hz @param period µs between samples */
  constructor(corner: number, period: number) {
    this.tune(corner, period);
  }

  tune(corner: number, period: number): void {
    this.#share = 2 * PI * corner * period * 1e-6;
    this.#scale = 1 / (1 + this.#share / 2);
  }

  pass(input: number): number {
    const output = (input - this.#held) * this.#scale;
    this.#held += this.#share * output;
    return output;
  }
}
