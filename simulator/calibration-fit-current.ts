import { failure, type Result, success } from '../firmware/result';
import {
  byCurrent,
  type Ground,
  type LoadRatio,
  type Node,
  nodeOf,
  ratioOf,
  skewOf,
} from './calibration-fit-nodes';
import { outlier } from './calibration-fit-outlier';
import type { PointMeans } from './calibration-fit-point';
import { angle, type Complex, multiply, scale, size, turn } from './complex';

/** What the current's channel turned out to be. */
export interface CurrentFit extends Ground {
  /** By ascending current */
  readonly nodes: readonly Node[];
  /** µs */
  readonly skew: number;
}

export interface CurrentFitOptions {
  /** Index of the phase, for messages */
  readonly phase: number;
  /** µs; absent: to be fitted, or 0 */
  readonly skewMicroseconds?: number;
  readonly flip?: boolean;
}

const NOTHING: Complex = { re: 0, im: 0 };
/** Standard errors from which on the power of nothing is crosstalk, and not what noise has left of it. */
const SIGNIFICANT = 3;
/** Rounds until crosstalk and gains, of which each follows from the other, stay as they are. */
const ROUNDS = 4;
const DEGREE = Math.PI / 180;
/** Degrees: no current transformer turns a current further. */
const FARTHEST = 15;

/** Fits gain, angle, skew, noise and crosstalk of the current's channel. */
export function fitCurrent(
  loads: readonly PointMeans[],
  idle: PointMeans | undefined,
  voltsPerCount: number,
  options: CurrentFitOptions,
): Result<CurrentFit, string> {
  const ground: Ground = {
    voltsPerCount,
    noiseSquare: idle === undefined ? 0 : noiseSquareOf(idle),
    crosstalk: NOTHING,
    sign: options.flip ? -1 : 1,
  };
  let fit = fitNodes(loads, ground, options.skewMicroseconds);
  for (let round = 0; idle !== undefined && round < ROUNDS; round++)
    fit = fitNodes(loads, { ...ground, crosstalk: crosstalkOf(idle, fit) }, options.skewMicroseconds);
  const fault = faultOf(
    loads.map(load => ratioOf(load, fit)),
    fit.skew,
    options,
  );
  return fault === undefined ? success(fit) : failure(fault);
}

function fitNodes(loads: readonly PointMeans[], ground: Ground, givenSkew: number | undefined): CurrentFit {
  const groups = byCurrent(loads.map(load => ratioOf(load, ground)));
  const skew = givenSkew ?? skewOf(groups) ?? 0;
  return { ...ground, nodes: groups.map(group => nodeOf(group, skew)), skew };
}

function isCrosstalk({ power, error }: PointMeans): boolean {
  return size(power) > SIGNIFICANT * error;
}

/** Counts²: what is left of the current when that of the crosstalk is taken away. */
function noiseSquareOf(idle: PointMeans): number {
  const crosstalk = isCrosstalk(idle) ? size(idle.power) / idle.voltage : 0;
  return Math.max(0, idle.current ** 2 - crosstalk ** 2);
}

/** S: the power of nothing, as the gain at the least current makes it, by the voltage's square. */
function crosstalkOf(idle: PointMeans, { nodes, skew, sign, voltsPerCount }: CurrentFit): Complex {
  const lowest = nodes[0];
  if (lowest === undefined || !isCrosstalk(idle)) return NOTHING;
  const turned = turn(2e-6 * Math.PI * idle.frequency * skew);
  const power = multiply(scale(idle.power, sign * voltsPerCount), multiply(lowest.ratio, turned));
  return scale(power, (idle.voltage * voltsPerCount) ** -2);
}

/** What of the loads cannot be calibrated, in one line. */
function faultOf(ratios: readonly LoadRatio[], skew: number, { phase, flip }: CurrentFitOptions) {
  const name = `L${phase + 1}`;
  const lost = ratios.find(({ current }) => current === 0);
  if (lost !== undefined) return `${lost.name}: expected a current above the noise, got none`;
  const leads = ratios.map(
    ({ ratio, angularFrequency }) => (angle(ratio) - angularFrequency * skew) / DEGREE,
  );
  if (leads.every(lead => Math.abs(lead) > 180 - FARTHEST))
    return flip
      ? `${name}: expected a current that flows backwards, to be flipped, got one that does not`
      : `${name}: expected power that flows to the load, got ${ratios[0]?.name} feeding the line: turn the current transformer around, or agree to --flip ${name}`;
  const fault = outlier(ratios);
  if (fault !== undefined) return fault;
  const far = leads.findIndex(lead => Math.abs(lead) > FARTHEST);
  if (far >= 0)
    return `${ratios[far]?.name}: expected a current that leads by at most ${FARTHEST}°, got ${leads[far]?.toFixed(0)}°: is it that of ${name}?`;
  return undefined;
}
