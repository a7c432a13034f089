import { checkCalibration, type PhaseCalibration } from '../firmware/metrology/calibration';
import { failure, type Result, success } from '../firmware/result';
import { type CurrentFit, fitCurrent } from './calibration-fit-current';
import { type AccuracyClass, errorLimit, startingPower } from './calibration-fit-limit';
import type { Node } from './calibration-fit-nodes';
import {
  type CalibrationPoint,
  meansOf,
  type PointMeans,
  type PointReference,
} from './calibration-fit-point';
import { type PointResidual, residualOf } from './calibration-fit-residuals';
import { angle, divide, size } from './complex';

export type { AccuracyClass, CalibrationPoint, PointReference, PointResidual };

export interface FitOptions extends AccuracyClass {
  /** µs by which the current is converted later than the voltage, as the board knows it. Absent: fitted, or 0 */
  readonly skewMicroseconds?: number;
  /** Somebody has agreed that the current transformer looks the wrong way, and that its sign be turned. */
  readonly flip?: boolean;
}

/** Class 1, for 10 (60) A. */
export const USUAL_METER: AccuracyClass = { accuracyClass: 1, basicCurrent: 10, maximumCurrent: 60 };

export interface CalibrationFit {
  /** As it is to be written: rounded to the digits that mean something */
  readonly calibration: PhaseCalibration;
  /** What each point measures with it, in the order of the points */
  readonly residuals: readonly PointResidual[];
  /** A line each, of what is good enough and could be better */
  readonly warnings: readonly string[];
}

interface Means {
  readonly all: readonly PointMeans[];
  readonly loads: readonly PointMeans[];
  readonly idle: PointMeans | undefined;
}

/** Currents calibrated at must span this factor. */
const LEAST_SPAN = 5;
/** Of the power: a reactive part below it is that of a resistive load. */
const UNITY = 0.1;
/** s over which the meter averages before it calls something a load. */
const NO_LOAD_SECONDS = 12;
/** Standard deviations of what noise then still reads that are no load. */
const NO_LOAD_DEVIATIONS = 6;
const DEGREE = Math.PI / 180;

/**
 * Fits the calibration of one phase to what it saw of known loads: the voltage's gain to all points, the current's gain
 * and angle to the loads at each current, noise and crosstalk to the point without current. Least squares, weighted by
 * what the windows' scatter allows a point to tell.
 *
 * The fault is one line for people. It refuses what contradicts itself, what does not suffice, and what the calibration
 * found would measure worse than the meter's class.
 * @param points all of one phase; two loads or more, of currents that span a factor of 5, one of them resistive; and at
 *   most one without current
 */
export function fitCalibration(
  points: readonly CalibrationPoint[],
  options: FitOptions = USUAL_METER,
): Result<CalibrationFit, string> {
  const means = allMeans(points, options);
  if (!means.ok) return means;
  const { all, loads, idle } = means.value;
  const voltsPerCount = fitVoltage(all, options);
  if (!voltsPerCount.ok) return voltsPerCount;
  const phase = points[0]?.phase ?? 0;
  const current = fitCurrent(loads, idle, voltsPerCount.value, { ...options, phase });
  if (!current.ok) return current;
  const noLoad = noLoadWatts(all, idle, current.value, options);
  if (!noLoad.ok) return noLoad;
  const calibration = rounded(current.value, noLoad.value, idle !== undefined, options);
  const checked = checkCalibration(calibration);
  if (!checked.ok)
    return failure(
      `L${phase + 1}: expected a possible ${checked.fault}, got ${JSON.stringify(calibration[checked.fault])}`,
    );
  const residuals = points.map((point, k) => residualOf(point, all[k] as PointMeans, calibration, options));
  return judge({ calibration, residuals, warnings: warningsOf(residuals, idle) });
}

/** Checks the points, each by itself and all together. */
function allMeans(points: readonly CalibrationPoint[], options: FitOptions): Result<Means, string> {
  const all: PointMeans[] = [];
  for (const point of points) {
    const means = meansOf(point);
    if (!means.ok) return means;
    all.push(means.value);
  }
  const loads = all.filter(({ isIdle }) => !isIdle);
  const idles = all.filter(({ isIdle }) => isIdle);
  const fault = faultOfLoads(loads, options);
  if (fault !== undefined) return failure(fault);
  if (idles.length > 1) return failure(`expected at most one point without current, got ${idles.length}`);
  return success({ all, loads, idle: idles[0] });
}

function faultOfLoads(loads: readonly PointMeans[], options: FitOptions): string | undefined {
  if (loads.length < 2) return `expected two loads or more, got ${loads.length}`;
  const currents = loads.map(({ amps }) => amps);
  const [least, greatest] = [Math.min(...currents), Math.max(...currents)];
  if (greatest < LEAST_SPAN * least)
    return `expected currents that span a factor of ${LEAST_SPAN}, got ${least} A to ${greatest} A`;
  if (!loads.some(({ truth }) => Math.abs(truth.im) < UNITY * truth.re))
    return 'expected a resistive load among them, got none';
  const beyond = loads.find(load => load.amps > options.maximumCurrent);
  if (beyond !== undefined)
    return `${beyond.name}: expected at most Imax, ${options.maximumCurrent} A, got ${beyond.amps} A`;
  for (const { name, truth, amps, power, error } of loads) {
    const noise = (100 * error) / size(power);
    const limit = errorLimit(options, amps, truth.re, truth.im) / 2;
    if (!(noise <= limit))
      return `${name}: expected its mean power to be known to ${limit.toFixed(2)} %, got ${noise.toFixed(2)} %: it is inside the noise or not steady; record it for longer, or take a greater load`;
  }
  return undefined;
}

/** The gain that all readings of the voltage agree on. */
function fitVoltage(all: readonly PointMeans[], { accuracyClass }: FitOptions): Result<number, string> {
  const gains = all.map(({ volts, voltage }) => volts / voltage);
  const sorted = [...gains].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] as number;
  const errors = gains.map(gain => 100 * (gain / middle - 1));
  const worst = errors.reduce(
    (at, error, k) => (Math.abs(error) > Math.abs(errors[at] as number) ? k : at),
    0,
  );
  const [point, error] = [all[worst] as PointMeans, errors[worst] as number];
  if (Math.abs(error) > accuracyClass)
    return failure(
      `${point.name}: expected volts that fit the other points, got ${point.volts} V, ${Math.abs(error).toFixed(1)} % ${error > 0 ? 'more' : 'less'}; was one mistyped?`,
    );
  return success(gains.reduce((sum, gain) => sum + gain, 0) / gains.length);
}

/**
 * W: half of what the meter must start to register at. Fails when the noise reaches up to there even after the
 * averaging.
 */
function noLoadWatts(
  all: readonly PointMeans[],
  idle: PointMeans | undefined,
  { voltsPerCount, nodes }: CurrentFit,
  options: FitOptions,
): Result<number, string> {
  const nominalVolts = all.reduce((sum, { volts }) => sum + volts, 0) / all.length;
  const threshold = startingPower(options, nominalVolts) / 2;
  if (idle === undefined) return success(threshold);
  const wattsPerCount = voltsPerCount * size((nodes[0] as Node).ratio);
  const noise = idle.deviation * wattsPerCount * Math.sqrt(idle.windowSeconds / NO_LOAD_SECONDS);
  const least = NO_LOAD_DEVIATIONS * noise;
  if (least <= threshold) return success(threshold);
  return failure(
    `${idle.name}: expected noise of at most ${(threshold / NO_LOAD_DEVIATIONS).toFixed(2)} W in ${NO_LOAD_SECONDS} s, for a meter that starts at ${(2 * threshold).toFixed(1)} W, got ${noise.toFixed(2)} W`,
  );
}

/** With the digits that mean something, so that three phases of twelve currents each fit a board's settings. */
function rounded(
  { voltsPerCount, nodes, skew, noiseSquare, crosstalk, sign }: CurrentFit,
  noLoad: number,
  hasIdle: boolean,
  { basicCurrent }: FitOptions,
): PhaseCalibration {
  const distance = ({ current, ratio }: Node) => Math.abs(Math.log((current * size(ratio)) / basicCurrent));
  const base = nodes.reduce((best, node) => (distance(node) < distance(best) ? node : best));
  const ampsPerCount = size(base.ratio);
  return {
    voltsPerCount: digits(voltsPerCount, 6),
    ampsPerCount: digits(ampsPerCount, 6),
    phaseDegrees: decimals(angle(base.ratio) / DEGREE, 3),
    skewMicroseconds: decimals(skew, 1),
    noLoadWatts: digits(noLoad, 3),
    ...(hasIdle && {
      noiseAmps: digits(Math.sqrt(noiseSquare) * ampsPerCount, 4),
      offsetMicrosiemens: decimals(1e6 * crosstalk.re, 2),
      offsetReactiveMicrosiemens: decimals(1e6 * crosstalk.im, 2),
    }),
    ...(sign < 0 && { reversed: true }),
    byCurrent: nodes.map(({ current, ratio }) => ({
      amps: digits(current * ampsPerCount, 4),
      gain: decimals(size(ratio) / ampsPerCount, 5),
      phaseDegrees: decimals(angle(divide(ratio, base.ratio)) / DEGREE, 3),
    })),
  };
}

function judge(fit: CalibrationFit): Result<CalibrationFit, string> {
  const worst = fit.residuals.reduce((a, b) => (share(b) > share(a) ? b : a));
  if (share(worst) <= 1) return success(fit);
  return failure(
    `${worst.name}: expected an error of power within ${worst.limit?.toFixed(1)} %, got ${worst.powerError?.toFixed(2)} %: the fit is worse than the class`,
  );
}

function warningsOf(residuals: readonly PointResidual[], idle: PointMeans | undefined): readonly string[] {
  const warnings = residuals
    .filter(residual => share(residual) > 0.5)
    .map(
      ({ name, powerError, limit }) =>
        `${name}: ${powerError?.toFixed(2)} % is more than half of the limit of ${limit?.toFixed(1)} %`,
    );
  if (idle === undefined)
    warnings.push('no point without current: noise and crosstalk are not known, and taken for none');
  return warnings;
}

/** Of the class's limit that the error takes up. */
function share({ powerError = 0, limit = 1 }: PointResidual): number {
  return Math.abs(powerError) / limit;
}

function digits(value: number, count: number): number {
  return Number(value.toPrecision(count));
}

/** Without a negative zero, which JSON does not know. */
function decimals(value: number, count: number): number {
  return Number(value.toFixed(count)) + 0;
}
