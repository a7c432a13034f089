import type { Window } from '../firmware/host';
import type { PhaseCalibration } from '../firmware/metrology/calibration';
import { measure } from '../firmware/metrology/measure';
import { failure, type Result, success } from '../firmware/result';
import type { Complex } from './complex';

/** What a reference meter said of a load. */
export interface PointReference {
  /** V, RMS */
  readonly volts: number;
  /** A, RMS; 0: nothing is connected */
  readonly amps: number;
  /** W, above 0. Absent: what volts, amperes and vars leave */
  readonly watts?: number;
  /** var, positive when inductive. Absent: 0, the load is resistive */
  readonly vars?: number;
}

/** A known load, and what one phase of the meter's converter saw of it meanwhile. */
export interface CalibrationPoint {
  /** For people, as a file's name */
  readonly name: string;
  readonly windows: readonly Window[];
  /** Which of the windows' phases, from 0 on; the same for all points of a fit */
  readonly phase: number;
  readonly reference: PointReference;
  /** Conversions at an end of the converter's range. Absent: 0 */
  readonly clipped?: number;
}

/** A point's means over its windows, before any calibration. */
export interface PointMeans {
  readonly name: string;
  readonly isIdle: boolean;
  /** V */
  readonly volts: number;
  /** A */
  readonly amps: number;
  /** W and var of the reference */
  readonly truth: Complex;
  /** Counts, RMS */
  readonly voltage: number;
  /** Counts, RMS, noise included */
  readonly current: number;
  /** Counts²: active and reactive, as sampled */
  readonly power: Complex;
  /** Counts²: standard deviation of either part of a window's power */
  readonly deviation: number;
  /** Counts²: standard error of either part of `power` */
  readonly error: number;
  /** Hz */
  readonly frequency: number;
  /** s, mean of a window */
  readonly windowSeconds: number;
}

/** Windows that a point needs, for its scatter to be known: two seconds. */
const LEAST_WINDOWS = 10;
/** µs: a window this long that counted no cycle saw no mains; a shorter one is the piece before the first crossing. */
const WITHOUT_MAINS = 190_000;
/** How far the readings of one reference meter may contradict each other. */
const READING_ERROR = 0.02;
/** Clipped conversions in a window that the converter's own spikes account for (see the sampler's saturation). */
const SPIKES = 3;

const RAW: PhaseCalibration = {
  voltsPerCount: 1,
  ampsPerCount: 1,
  phaseDegrees: 0,
  skewMicroseconds: 0,
  noLoadWatts: 0,
};

/** The windows that saw mains without a break. */
export function usableWindows(windows: readonly Window[]): readonly Window[] {
  return windows.filter(({ cycles, gap }) => cycles > 0 && gap === 0);
}

/** Checks a point and takes its means. The fault is one line: the point, what was expected and what came. */
export function meansOf(point: CalibrationPoint): Result<PointMeans, string> {
  const truth = truthOf(point);
  if (!truth.ok) return truth;
  const fault = faultOfWindows(point);
  if (fault !== undefined) return failure(`${point.name}: ${fault}`);
  const { name, phase, reference } = point;
  const { volts, amps } = reference;
  return success({
    ...{ name, volts, amps, isIdle: amps === 0, truth: truth.value },
    ...rawMeans(usableWindows(point.windows), phase),
  });
}

/** The reference's power, when its readings can all be true at once. */
function truthOf({ name, reference }: CalibrationPoint): Result<Complex, string> {
  const { volts, amps, vars = 0 } = reference;
  const apparent = volts * amps;
  const watts = reference.watts ?? Math.sqrt(Math.max(0, apparent ** 2 - vars ** 2));
  if (!(volts > 0 && Number.isFinite(volts))) return failure(`${name}: expected volts above 0, got ${volts}`);
  if (!(amps >= 0 && Number.isFinite(amps)))
    return failure(`${name}: expected amps of 0 or more, got ${amps}`);
  if (apparent > 0 && !(watts > 0)) return failure(`${name}: expected watts above 0, got ${watts}`);
  const claimed = Math.hypot(watts, vars);
  if (Math.abs(claimed - apparent) <= READING_ERROR * apparent) return success({ re: watts, im: vars });
  const hint =
    reference.vars === undefined && watts < apparent ? '; a load that is not resistive needs vars or pf' : '';
  return failure(
    `${name}: expected a power of volts·amps = ${apparent.toFixed(1)} VA, got ${claimed.toFixed(1)} VA${hint}`,
  );
}

function faultOfWindows({ windows, phase, clipped = 0 }: CalibrationPoint): string | undefined {
  const usable = usableWindows(windows);
  if (windows.some(({ phases }) => phases[phase] === undefined))
    return `expected a phase L${phase + 1}, got ${windows[0]?.phases.length} phases`;
  if (windows.some(({ cycles, duration, gap }) => cycles === 0 && gap === 0 && duration >= WITHOUT_MAINS))
    return usable.length === 0
      ? 'expected mains, got none'
      : 'expected mains throughout, got an interruption';
  if (usable.length < LEAST_WINDOWS)
    return `expected at least ${LEAST_WINDOWS} windows of 0.2 s, got ${usable.length}`;
  if (clipped > SPIKES * usable.length)
    return `expected samples within the converter's range, got ${clipped} at its ends`;
  return undefined;
}

function rawMeans(windows: readonly Window[], phase: number) {
  let [time, cycles, span, voltage, square, re, im] = [0, 0, 0, 0, 0, 0, 0];
  const powers: Complex[] = [];
  for (const window of windows) {
    const { phases, duration } = window;
    const measured = measure(window, Array(phases.length).fill(RAW)).phases[phase];
    if (measured === undefined) continue;
    powers.push({ re: measured.activePower, im: measured.reactivePower });
    time += duration;
    cycles += window.cycles;
    span += window.cycleSpan;
    voltage += duration * measured.voltage;
    square += duration * measured.current ** 2;
    re += duration * measured.activePower;
    im += duration * measured.reactivePower;
  }
  const power = { re: re / time, im: im / time };
  const deviation = deviationOf(powers, power);
  return {
    ...{ voltage: voltage / time, current: Math.sqrt(square / time), power, deviation },
    error: deviation / Math.sqrt(powers.length),
    frequency: (1e6 * cycles) / span,
    windowSeconds: time / 1e6 / powers.length,
  };
}

/** Of either part: both have the same noise. */
function deviationOf(powers: readonly Complex[], mean: Complex): number {
  const squares = powers.reduce((sum, { re, im }) => sum + (re - mean.re) ** 2 + (im - mean.im) ** 2, 0);
  return Math.sqrt(squares / (2 * (powers.length - 1)));
}
