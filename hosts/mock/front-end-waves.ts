import type { FrontEndHardware, Line } from './front-end';
import type { Prng } from './prng';

/**
 * What the ADC sees of one phase, in counts about its bias and as a function of the angle x of phase 1's voltage:
 * v = vSine · sin x − vCosine · cos x, and i likewise.
 */
export class PhaseWaves {
  vSine = 0;
  vCosine = 0;
  iSine = 0;
  iCosine = 0;
  readonly turnSine: number;
  readonly turnCosine: number;

  /** @param turn angle by which the phase follows phase 1, rad */
  constructor(turn: number) {
    this.turnSine = Math.sin(turn);
    this.turnCosine = Math.cos(turn);
  }
}

/** A line as the hardware shows it to the ADC. */
export class Waves {
  readonly phases: readonly PhaseWaves[];
  /** Cycles from one sample set to the next; 0 in an outage */
  step = 0;
  readonly #hardware: FrontEndHardware;
  /** The converter's largest count */
  readonly #top: number;
  /** counts², by which a wave may swing about its bias */
  readonly #voltageReach: number;
  readonly #currentReach: number;
  /** That the sample set under way has. */
  #isClipped = false;

  constructor(hardware: FrontEndHardware) {
    const { bits, voltageBias, currentBias } = hardware;
    this.#hardware = hardware;
    this.#top = 2 ** bits - 1;
    this.#voltageReach = Math.min(voltageBias, this.#top - voltageBias) ** 2;
    this.#currentReach = Math.min(currentBias, this.#top - currentBias) ** 2;
    this.phases = Array.from(
      { length: hardware.phases },
      (_, p) => new PhaseWaves((2 * Math.PI * p) / hardware.phases),
    );
  }

  /** Counts, from the bias of phase 1's voltage to its peak */
  get amplitude(): number {
    return this.phases[0]?.vSine ?? 0;
  }

  /** Whether some phase reaches beyond the converter's range. */
  get saturates(): boolean {
    for (let p = 0; p < this.phases.length; p++) {
      const { vSine, vCosine, iSine, iCosine } = this.phases[p] as PhaseWaves;
      if (vSine * vSine + vCosine * vCosine > this.#voltageReach) return true;
      if (iSine * iSine + iCosine * iCosine > this.#currentReach) return true;
    }
    return false;
  }

  /**
   * Puts the sample set of this moment at that place, with noise and in whole counts.
   * @param cycle of phase 1's voltage
   * @returns whether the converter clipped
   */
  convert(counts: Uint16Array, at: number, cycle: number, prng: Prng): boolean {
    const { voltageBias, currentBias } = this.#hardware;
    this.#isClipped = false;
    const sine = Math.sin(2 * Math.PI * cycle);
    const cosine = Math.cos(2 * Math.PI * cycle);
    for (let p = 0; p < this.phases.length; p++) {
      const wave = this.phases[p] as PhaseWaves;
      const voltage = voltageBias + wave.vSine * sine - wave.vCosine * cosine;
      const current = currentBias + wave.iSine * sine - wave.iCosine * cosine;
      counts[at + 2 * p] = this.#code(voltage, prng);
      counts[at + 2 * p + 1] = this.#code(current, prng);
    }
    return this.#isClipped;
  }

  /** What the converter makes of a level in counts. */
  #code(level: number, prng: Prng): number {
    const count = Math.round(level + this.#hardware.noise * prng.gaussian());
    if (count >= 0 && count <= this.#top) return count;
    this.#isClipped = true;
    return count < 0 ? 0 : this.#top;
  }

  /** @throws RangeError when the line has fewer phases than the hardware. */
  follow(line: Line): void {
    const { samplePeriod, voltsPerCount, ampsPerCount, phaseDegrees, skewMicroseconds } = this.#hardware;
    if (line.phases.length < this.phases.length)
      throw new RangeError(`line: expected ${this.phases.length} phases, got ${line.phases.length}`);
    const live = line.voltage > 0 && line.frequency > 0;
    const cyclesPerMicrosecond = live ? line.frequency * 1e-6 : 0;
    this.step = cyclesPerMicrosecond * samplePeriod;
    const lead = (phaseDegrees * Math.PI) / 180 + 2 * Math.PI * cyclesPerMicrosecond * skewMicroseconds;
    const leadCosine = Math.cos(lead);
    const leadSine = Math.sin(lead);
    const voltage = live ? (Math.SQRT2 * line.voltage) / voltsPerCount : 0;
    const perWatt = live ? Math.SQRT2 / (line.voltage * ampsPerCount) : 0;
    for (let p = 0; p < this.phases.length; p++) {
      const wave = this.phases[p] as PhaseWaves;
      const { activePower, reactivePower } = line.phases[p] as Line['phases'][number];
      const { turnSine, turnCosine } = wave;
      const inPhase = perWatt * (activePower * leadCosine + reactivePower * leadSine);
      const quadrature = perWatt * (reactivePower * leadCosine - activePower * leadSine);
      wave.vSine = voltage * turnCosine;
      wave.vCosine = voltage * turnSine;
      wave.iSine = inPhase * turnCosine - quadrature * turnSine;
      wave.iCosine = quadrature * turnCosine + inPhase * turnSine;
    }
  }
}
