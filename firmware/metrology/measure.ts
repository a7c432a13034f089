import type { Measurement, PhaseMeasurement, PhaseSums, Window } from '../host';
import type { PhaseCalibration } from './calibration';

/** What all phases of a window share. */
interface Timing {
  readonly samples: number;
  /** rad/µs; 0 when there is no mains */
  readonly angularFrequency: number;
  /** sin of the angle from one sample to the next; 0 when that angle is unknown, not above 0 when it is too wide */
  readonly sinStep: number;
}

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
  const timing = timingOf(window);
  return {
    phases: phases.map((sums, p) => measurePhase(sums, calibrations[p] as PhaseCalibration, timing)),
    frequency: (timing.angularFrequency * 1e6) / (2 * Math.PI),
    duration,
  };
}

function timingOf({ samples, cycles, cycleSpan, duration }: Window): Timing {
  const angularFrequency = cycles > 0 && cycleSpan > 0 ? (2 * Math.PI * cycles) / cycleSpan : 0;
  const step = samples > 0 ? (angularFrequency * duration) / samples : 0;
  return { samples, angularFrequency, sinStep: Math.sin(step) };
}

function measurePhase(sums: PhaseSums, calibration: PhaseCalibration, timing: Timing): PhaseMeasurement {
  const n = timing.samples;
  const { voltsPerCount, ampsPerCount, noLoadWatts } = calibration;
  const voltage = Math.sqrt(Math.max(0, covariance(n, sums.vv, sums.v, sums.v))) * voltsPerCount;
  const current = Math.sqrt(Math.max(0, covariance(n, sums.ii, sums.i, sums.i))) * ampsPerCount;
  const inPhase = covariance(n, sums.vi, sums.v, sums.i);
  const quadrature = quadratureOf(sums, timing);
  // The current was measured early by this angle, so its lag came out too small by as much.
  const angle =
    timing.angularFrequency === 0
      ? 0
      : (calibration.phaseDegrees * Math.PI) / 180 + timing.angularFrequency * calibration.skewMicroseconds;
  const watts = voltsPerCount * ampsPerCount;
  const apparentPower = voltage * current;
  const activePower = within(
    apparentPower,
    watts * (inPhase * Math.cos(angle) - quadrature * Math.sin(angle)),
  );
  if (apparentPower === 0 || Math.abs(activePower) < noLoadWatts)
    return { voltage, current: 0, activePower: 0, reactivePower: 0, apparentPower: 0, powerFactor: 1 };
  const reactivePower = within(
    apparentPower,
    watts * (quadrature * Math.cos(angle) + inPhase * Math.sin(angle)),
  );
  const powerFactor = within(1, activePower / apparentPower);
  return { voltage, current, activePower, reactivePower, apparentPower, powerFactor };
}

/**
 * Mean product of current and the voltage a quarter cycle before it, in counts²: for sinusoids with a step δ
 * between samples cov(v[n−1], i[n]) − cov(v[n], i[n−1]) = 2 sin δ · VI sin φ. 0 when there is no mains.
 */
function quadratureOf(sums: PhaseSums, { samples: n, sinStep }: Timing): number {
  if (sinStep <= 0) return 0;
  const voltageEarlier = covariance(n, sums.vEarlierI, sums.vEarlier, sums.i);
  const currentEarlier = covariance(n, sums.vIEarlier, sums.v, sums.iEarlier);
  return (voltageEarlier - currentEarlier) / (2 * sinStep);
}

/**
 * Covariance of n pairs from Σxy, Σx and Σy. Taken about the whole numbers nearest to the means: all sums stay
 * integers, so that nothing cancels however large the bias; only the fractions of a count that remain are rounded.
 */
function covariance(n: number, xy: number, x: number, y: number): number {
  if (n < 1) return 0;
  const meanX = Math.round(x / n);
  const meanY = Math.round(y / n);
  const about = xy - meanX * y - meanY * x + n * meanX * meanY;
  return (about - ((x - n * meanX) * (y - n * meanY)) / n) / n;
}

function within(limit: number, value: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
