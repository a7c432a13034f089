import type { Prng } from '../prng';
import type { AnalogHardware } from './hardware';
import type { Bursts } from './load';
import { type Mains, TYPICAL_DRIFT } from './mains';
import { NoiseTable } from './noise';
import { PhaseChannels, type Stretch } from './phase-channels';
import { type Crosstalk, PhaseCycle } from './phase-cycle';
import { transferOf } from './transfer';

const { ceil, floor, min, sqrt } = Math;

const ALWAYS_ON: Bursts = { on: 1, off: 0 };
/** s that the frequency's drift takes to forget */
const FREQUENCY_DRIFT_TIME = 20;

/**
 * A front end as bad as a real one: mains that drifts, transformers whose errors depend on the current, a bent and noisy
 * converter. It gives sample sets, and knows what power truly flowed. A seed gives the same samples to the bit.
 */
export class AnalogFrontEnd {
  readonly hardware: AnalogHardware;
  readonly #prng: Prng;
  readonly #channels: readonly PhaseChannels[];
  readonly #noise: NoiseClock;
  readonly #stretch: Stretch = { row: 0, rows: 0, cycle: 0, step: 0, noise: 0 };
  /** µs by the host's clock: when sampling began, and between two sample sets */
  readonly #startTime: number;
  readonly #period: number;
  /** Sample sets so far */
  #sets = 0;
  #mains: Mains;
  /** Hz off the nominal frequency, in this cycle */
  #drift = 0;
  /** Cycles of phase 1 at the next sample set, 0 to below 1 */
  #cycle = 0;
  /** Whole cycles since the mains changed */
  #cycles = 0;

  /**
   * @param startTime whole µs: when sampling begins, one sample period before the first sample set
   * @throws RangeError when a sample set is too long, or there are not as many phases as the hardware has
   */
  constructor(hardware: AnalogHardware, prng: Prng, mains: Mains, startTime = 0) {
    const { phases, samplePeriod, conversionInterval, clockError } = hardware;
    if (!(samplePeriod <= 960 && conversionInterval * 2 * phases <= samplePeriod + 1e-9))
      throw new RangeError(
        `samplePeriod: expected ${conversionInterval * 2 * phases} to 960 µs, got ${samplePeriod}`,
      );
    this.hardware = hardware;
    this.#prng = prng.fork('drift');
    this.#startTime = startTime;
    this.#period = samplePeriod * (1 + clockError * 1e-6);
    this.#noise = new NoiseClock(hardware, this.#period);
    this.#mains = mains;
    const transfer = transferOf(hardware.converter);
    const noise = new NoiseTable(prng.fork('noise'));
    this.#channels = this.#cyclesOf(mains).map(
      (cycle, p) => new PhaseChannels(hardware, transfer, noise, p, cycle),
    );
    this.#settleBias();
  }

  /** From the next sample set on. @throws RangeError when there are not as many phases as the hardware has */
  follow(mains: Mains): void {
    const cycles = this.#cyclesOf(mains);
    this.#mains = mains;
    this.#cycles = 0;
    cycles.forEach((cycle, p) => {
      this.#channels[p]?.follow(cycle);
    });
  }

  /** One cycle of each phase as it flows, with what is true of it. */
  get phases(): readonly PhaseCycle[] {
    return this.#channels.map(({ cycle }) => cycle);
  }

  /** W, true, of all phases: the mean over a cycle, and over bursts. Negative when more is fed than drawn */
  get power(): number {
    const { on, off } = this.#bursts();
    return (on / (on + off)) * this.phases.reduce((sum, { activePower }) => sum + activePower, 0);
  }

  /** µs by the host's clock, with fractions: of the last sample set */
  get time(): number {
    return this.#startTime + this.#sets * this.#period;
  }

  /** Hz, at this moment */
  get frequency(): number {
    return this.#mains.frequency + this.#drift;
  }

  /** Whether the converter clipped since this was asked last. */
  takeClipped(): boolean {
    let clipped = false;
    for (const channels of this.#channels) {
      clipped ||= channels.clipped;
      channels.clipped = false;
    }
    return clipped;
  }

  /** Puts so many sample sets, v1, i1, v2, ..., in the block. @returns whole µs by the host's clock: of the last one */
  fill(block: Uint16Array, sets: number): number {
    const stretch = this.#stretch;
    stretch.row = 0;
    stretch.step = this.#step();
    while (stretch.row < sets) {
      const toWrap = ceil((1 - this.#cycle) / stretch.step);
      stretch.rows = min(sets - stretch.row, toWrap, this.#noise.stretch());
      stretch.cycle = this.#cycle;
      stretch.noise = this.#noise.counts;
      const share = this.#share();
      for (const channels of this.#channels) channels.convert(block, stretch, share);
      this.#noise.advance(stretch.rows);
      this.#sets += stretch.rows;
      stretch.row += stretch.rows;
      this.#cycle += stretch.rows * stretch.step;
      if (this.#cycle >= 1) {
        this.#beginCycle();
        stretch.step = this.#step();
      }
    }
    return floor(this.time);
  }

  #cyclesOf({ phases }: Mains): PhaseCycle[] {
    const { hardware } = this;
    if (phases.length !== hardware.phases)
      throw new RangeError(`phases: expected ${hardware.phases}, got ${phases.length}`);
    const crosstalk: Crosstalk = hardware.current.crosstalk;
    return phases.map(phase => new PhaseCycle(phase, crosstalk));
  }

  /** Cycles from one sample set to the next */
  #step(): number {
    return this.frequency * this.#period * 1e-6;
  }

  /** Of all loads, by phase 1's */
  #bursts(): Bursts {
    return this.#mains.phases[0]?.load.bursts ?? ALWAYS_ON;
  }

  /** Of the current that flows in this cycle: 1, or 0 between bursts */
  #share(): number {
    const { on, off } = this.#bursts();
    return this.#cycles % (on + off) < on ? 1 : 0;
  }

  #beginCycle(): void {
    const { frequency } = this;
    this.#cycle -= 1;
    this.#cycles++;
    const { drift = TYPICAL_DRIFT } = this.#mains;
    this.#drift = this.#wander(this.#drift, drift, 1 / (FREQUENCY_DRIFT_TIME * frequency));
    const { bias } = this.hardware;
    for (const channels of this.#channels) {
      channels.adapt();
      const share = 1 / (bias.driftTime * frequency);
      channels.biasV = bias.millivolts + this.#wander(channels.biasV - bias.millivolts, bias.drift, share);
      channels.biasI = bias.millivolts + this.#wander(channels.biasI - bias.millivolts, bias.drift, share);
    }
  }

  #settleBias(): void {
    const { millivolts, drift } = this.hardware.bias;
    for (const channels of this.#channels) {
      channels.biasV = millivolts + drift * this.#prng.gaussian();
      channels.biasI = millivolts + drift * this.#prng.gaussian();
    }
  }

  /** A random walk that is drawn back to 0: an Ornstein-Uhlenbeck process. @param share of itself that it forgets */
  #wander(value: number, deviation: number, share: number): number {
    return value * (1 - share) + deviation * sqrt(2 * share) * this.#prng.gaussian();
  }
}

/** Tells how noisy each conversion is: now and then the radio transmits. */
class NoiseClock {
  readonly #quiet: number;
  readonly #transmitting: number;
  /** Sample sets */
  readonly #every: number;
  readonly #lasting: number;
  #at = 0;

  constructor({ noise }: AnalogHardware, period: number) {
    this.#quiet = noise.counts;
    this.#transmitting = noise.transmitting;
    this.#every = ceil(noise.every / period);
    this.#lasting = ceil(noise.lasting / period);
  }

  /** Counts, RMS */
  get counts(): number {
    return this.#at < this.#lasting ? this.#transmitting : this.#quiet;
  }

  /** Sample sets for which it stays as it is, at least 1 */
  stretch(): number {
    return (this.#at < this.#lasting ? this.#lasting : this.#every) - this.#at;
  }

  advance(sets: number): void {
    this.#at += sets;
    if (this.#at >= this.#every) this.#at = 0;
  }
}
