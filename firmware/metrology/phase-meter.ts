import type { PhaseMeasurement, PhaseSums } from '../host';
import { NO_PHASE_MEASUREMENT } from './believable';
import type { CurrentCorrection, PhaseCalibration } from './calibration';

// Looked up once: each time takes XS as long as a multiplication.
const { PI, cos, sin, sqrt } = Math;

const RADIANS_PER_DEGREE = PI / 180;
const SIEMENS_PER_MICROSIEMENS = 1e-6;

/** One phase's calibration, ready to be applied to the sums of one window after the other. */
export class PhaseMeter {
  readonly #voltsPerCount: number;
  readonly #ampsPerCount: number;
  /** W per count², of either sign */
  readonly #wattsPerCount: number;
  /** rad */
  readonly #lead: number;
  /** µs */
  readonly #skew: number;
  /** A² */
  readonly #noise: number;
  /** S */
  readonly #conductance: number;
  readonly #susceptance: number;
  /** By ascending current; none where the gains hold at every current. */
  readonly #corrections: readonly Correction[];
  /** Counts where the channels rest, by the last whole cycles; NaN before the first */
  #restV = Number.NaN;
  #restI = Number.NaN;

  constructor(calibration: PhaseCalibration) {
    const { voltsPerCount, ampsPerCount, phaseDegrees, skewMicroseconds, byCurrent = [] } = calibration;
    const { noiseAmps = 0, offsetMicrosiemens = 0, offsetReactiveMicrosiemens = 0 } = calibration;
    this.#voltsPerCount = voltsPerCount;
    this.#ampsPerCount = ampsPerCount;
    this.#wattsPerCount = voltsPerCount * ampsPerCount * (calibration.reversed ? -1 : 1);
    this.#lead = phaseDegrees * RADIANS_PER_DEGREE;
    this.#skew = skewMicroseconds;
    this.#noise = noiseAmps * noiseAmps;
    this.#conductance = offsetMicrosiemens * SIEMENS_PER_MICROSIEMENS;
    this.#susceptance = offsetReactiveMicrosiemens * SIEMENS_PER_MICROSIEMENS;
    this.#corrections = byCurrent.map((point, k) => new Correction(point, byCurrent[k + 1]));
  }

  /**
   * Always finite: without samples or mains to go by, what cannot be told is 0. Nothing is too little to be told here:
   * what the converter's noise reads like is for the `NoLoadGate`.
   * @param n samples
   * @param isWhole whether the sums are of whole cycles, whose mean is where a channel rests; of a piece of a cycle it is
   *   not, and where they rested last is taken, so that the energy of the pieces is that of the whole
   * @param angularFrequency rad/µs; 0 when it is unknown
   * @param sinStep sin of the angle from one sample to the next; 0 when that angle is unknown, not above 0 when it is
   *   too wide
   */
  measure(
    sums: PhaseSums,
    n: number,
    isWhole: boolean,
    angularFrequency: number,
    sinStep: number,
  ): PhaseMeasurement {
    if (n < 1) return NO_PHASE_MEASUREMENT;
    // Not destructured, which takes XS twice as long.
    const v = sums.v;
    const i = sums.i;
    if (isWhole || !(this.#restV >= 0)) {
      this.#restV = v / n;
      this.#restI = i / n;
    }
    const restV = this.#restV;
    const restI = this.#restI;
    // What lies off the rest: nothing but rounding where the rest is the mean.
    const offV = v - n * restV;
    const offI = i - n * restI;
    // Nothing that counts is lost: the products are below 2⁵³, or rounded by less than a count². What follows is written
    // out, where a function would do: a call takes XS as long as two multiplications.
    let varianceV = (sums.vv - (v + offV) * restV) / n;
    let varianceI = (sums.ii - (i + offI) * restI) / n;
    if (!(varianceV > 0)) varianceV = 0;
    if (!(varianceI > 0)) varianceI = 0;
    const voltage = sqrt(varianceV) * this.#voltsPerCount;
    const squareAmps = varianceI * this.#ampsPerCount * this.#ampsPerCount - this.#noise;
    const amps = squareAmps <= 0 ? 0 : sqrt(squareAmps);
    const correction = this.#correctionAt(amps);
    const gain = correction === undefined ? 1 : correction.gainAt(amps);
    const current = gain * amps;
    const bound = varianceV * varianceI;
    let inPhase = (sums.vi - v * restI - offI * restV) / n;
    if (!(inPhase * inPhase <= bound)) inPhase = rootOf(bound, inPhase);
    // For sinusoids with a step δ between samples cov(v[n−1], i[n]) − cov(v[n], i[n−1]) = 2 sin δ · VI sin φ.
    const neighbours =
      sums.vEarlierI - sums.vIEarlier - (sums.vEarlier - v) * restI + (sums.iEarlier - i) * restV;
    let quadrature = sinStep <= 0 ? 0 : neighbours / (2 * sinStep * n);
    if (!(quadrature * quadrature <= bound)) quadrature = rootOf(bound, quadrature);
    // The current was measured early by this angle, so its lag came out too small by as much.
    const lead = correction === undefined ? this.#lead : this.#lead + correction.leadAt(amps);
    const angle = angularFrequency === 0 ? 0 : lead + angularFrequency * this.#skew;
    const cosine = cos(angle);
    const sine = sin(angle);
    const watts = gain * this.#wattsPerCount;
    const square = voltage * voltage;
    const activePower = watts * (inPhase * cosine - quadrature * sine) - square * this.#conductance;
    const reactivePower = watts * (quadrature * cosine + inPhase * sine) - square * this.#susceptance;
    // In noise, which the current is freed of on average only, the powers are known better than the current.
    let apparentPower = voltage * current;
    if (apparentPower < activePower) apparentPower = activePower;
    else if (apparentPower < -activePower) apparentPower = -activePower;
    if (apparentPower < reactivePower) apparentPower = reactivePower;
    else if (apparentPower < -reactivePower) apparentPower = -reactivePower;
    const powerFactor = apparentPower === 0 ? 1 : activePower / apparentPower;
    return { voltage, current, activePower, reactivePower, apparentPower, powerFactor };
  }

  /** The last one that begins at or below this current, else the first; undefined where there is none. */
  #correctionAt(amps: number): Correction | undefined {
    const corrections = this.#corrections;
    if (corrections.length === 0) return undefined;
    let k = corrections.length - 1;
    while (k > 0 && (corrections[k] as Correction).amps > amps) k--;
    return corrections[k];
  }
}

/** The correction between one point of a calibration's table and the next. */
class Correction {
  readonly amps: number;
  readonly #gain: number;
  /** 1/A */
  readonly #gainSlope: number;
  /** rad */
  readonly #lead: number;
  /** rad/A */
  readonly #leadSlope: number;

  constructor(from: CurrentCorrection, to: CurrentCorrection = from) {
    const span = to.amps - from.amps;
    this.amps = from.amps;
    this.#gain = from.gain;
    this.#lead = from.phaseDegrees * RADIANS_PER_DEGREE;
    this.#gainSlope = span > 0 ? (to.gain - from.gain) / span : 0;
    this.#leadSlope = span > 0 ? ((to.phaseDegrees - from.phaseDegrees) * RADIANS_PER_DEGREE) / span : 0;
  }

  gainAt(amps: number): number {
    return amps > this.amps ? this.#gain + (amps - this.amps) * this.#gainSlope : this.#gain;
  }

  leadAt(amps: number): number {
    return amps > this.amps ? this.#lead + (amps - this.amps) * this.#leadSlope : this.#lead;
  }
}

/** Of a mean product whose square is above the product of the variances: the nearest that there can be. */
function rootOf(bound: number, value: number): number {
  return value > 0 ? sqrt(bound) : -sqrt(bound);
}
