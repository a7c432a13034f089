import type { Measurement, PhaseMeasurement, PhaseSums, Window } from '../host';
import { NO_PHASE_MEASUREMENT } from './believable';
import type { PhaseCalibration } from './calibration';

// Looked up once: each time takes XS as long as a multiplication.
const { PI, abs, cos, round, sin, sqrt } = Math;
/** rad */
const TURN = 2 * PI;

/**
 * The calibrated measurement of a window. Always finite: without samples or mains to go by, what cannot be told is 0.
 * @throws RangeError when there is not one calibration for each phase.
 */
export function measure(window: Window, calibrations: readonly PhaseCalibration[]): Measurement {
  const { phases, duration } = window;
  if (calibrations.length !== phases.length)
    throw new RangeError(
      `calibrations: expected ${phases.length}, one for each phase, got ${calibrations.length}`,
    );
  const { samples, cycles, cycleSpan } = window;
  const angularFrequency = cycles > 0 && cycleSpan > 0 ? (TURN * cycles) / cycleSpan : 0;
  const sinStep = samples > 0 ? sin((angularFrequency * duration) / samples) : 0;
  const measured: PhaseMeasurement[] = [];
  for (let p = 0; p < phases.length; p++)
    measured.push(
      measurePhase(
        phases[p] as PhaseSums,
        calibrations[p] as PhaseCalibration,
        samples,
        angularFrequency,
        sinStep,
      ),
    );
  return { phases: measured, frequency: (angularFrequency * 1e6) / TURN, duration };
}

/**
 * @param n samples
 * @param angularFrequency rad/µs; 0 when there is no mains
 * @param sinStep sin of the angle from one sample to the next; 0 when that angle is unknown, not above 0 when it is too
 *   wide
 */
function measurePhase(
  sums: PhaseSums,
  calibration: PhaseCalibration,
  n: number,
  angularFrequency: number,
  sinStep: number,
): PhaseMeasurement {
  if (n < 1) return NO_PHASE_MEASUREMENT;
  const { v, i } = sums;
  const { voltsPerCount, ampsPerCount, noLoadWatts } = calibration;
  const meanV = round(v / n);
  const meanI = round(i / n);
  const voltage = deviation(n, sums.vv, v, meanV) * voltsPerCount;
  const current = deviation(n, sums.ii, i, meanI) * ampsPerCount;
  const inPhase = covariance(n, sums.vi, v, meanV, i, meanI);
  const quadrature = quadratureOf(sums, meanV, meanI, n, sinStep);
  // The current was measured early by this angle, so its lag came out too small by as much.
  const angle =
    angularFrequency === 0
      ? 0
      : (calibration.phaseDegrees * PI) / 180 + angularFrequency * calibration.skewMicroseconds;
  const cosine = cos(angle);
  const sine = sin(angle);
  const watts = voltsPerCount * ampsPerCount;
  const apparentPower = voltage * current;
  const activePower = within(apparentPower, watts * (inPhase * cosine - quadrature * sine));
  if (apparentPower === 0 || abs(activePower) < noLoadWatts)
    return { voltage, current: 0, activePower: 0, reactivePower: 0, apparentPower: 0, powerFactor: 1 };
  const reactivePower = within(apparentPower, watts * (quadrature * cosine + inPhase * sine));
  const powerFactor = activePower / apparentPower;
  return { voltage, current, activePower, reactivePower, apparentPower, powerFactor };
}

/**
 * Mean product of current and the voltage a quarter cycle before it, in counts²: for sinusoids with a step δ
 * between samples cov(v[n−1], i[n]) − cov(v[n], i[n−1]) = 2 sin δ · VI sin φ. 0 when there is no mains.
 */
function quadratureOf(sums: PhaseSums, meanV: number, meanI: number, n: number, sinStep: number): number {
  if (sinStep <= 0) return 0;
  const { vEarlier, iEarlier } = sums;
  const voltageEarlier = covariance(n, sums.vEarlierI, vEarlier, round(vEarlier / n), sums.i, meanI);
  const currentEarlier = covariance(n, sums.vIEarlier, sums.v, meanV, iEarlier, round(iEarlier / n));
  return (voltageEarlier - currentEarlier) / (2 * sinStep);
}

/**
 * Covariance of n pairs from Σxy, Σx and Σy. Taken about the whole numbers nearest to the means: all sums stay
 * integers, so that nothing cancels however large the bias; only the fractions of a count that remain are rounded.
 */
function covariance(n: number, xy: number, x: number, meanX: number, y: number, meanY: number): number {
  const restX = x - n * meanX;
  const restY = y - n * meanY;
  const about = xy - meanX * y - meanY * restX;
  return (about - (restX * restY) / n) / n;
}

/** Root of the covariance of x with itself; 0 for what rounding has left below 0. */
function deviation(n: number, xx: number, x: number, meanX: number): number {
  const restX = x - n * meanX;
  const about = xx - meanX * x - meanX * restX;
  const variance = (about - (restX * restX) / n) / n;
  return variance <= 0 ? 0 : sqrt(variance);
}

function within(limit: number, value: number): number {
  if (value > limit) return limit;
  return value < -limit ? -limit : value;
}
