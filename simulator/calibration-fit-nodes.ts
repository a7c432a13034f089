import { MOST_CORRECTIONS } from '../firmware/metrology/calibration';
import type { PointMeans } from './calibration-fit-point';
import { add, angle, type Complex, divide, scale, size, turn } from './complex';

/** A load's answer: its true power by the power as sampled, A per count with the phase error turned back. */
export interface LoadRatio {
  readonly name: string;
  /** Counts, RMS, without noise */
  readonly current: number;
  readonly ratio: Complex;
  /** Standard error of either part of `ratio` by its size, from the scatter of the windows */
  readonly error: number;
  /** rad/µs */
  readonly angularFrequency: number;
}

/** What the fit holds of the loads at one current. */
export interface Node {
  /** Counts, RMS, without noise */
  readonly current: number;
  /** A per count, and the angle by which the current leads, without the skew's */
  readonly ratio: Complex;
}

/** What is known before the currents' nodes are fitted. */
export interface Ground {
  readonly voltsPerCount: number;
  /** Counts², of the current's channel */
  readonly noiseSquare: number;
  /** S: in phase, and a quarter cycle behind */
  readonly crosstalk: Complex;
  /** −1 where the current transformer looks the wrong way, else 1 */
  readonly sign: 1 | -1;
}

/** Currents this much apart are one. */
const SAME_CURRENT = 1.1;
/** Of a reading of the reference: what weighs long recordings alike. */
const READING_FLOOR = 5e-4;
/** rad/µs: 2 Hz. Frequencies nearer to each other do not tell a skew from a phase error. */
const TELLING = 2 * Math.PI * 2e-6;
/** µs: a standard error above it is no knowledge of a skew. */
const KNOWN = 5;

/** Turned and amplified by this ratio, the power as sampled is the true one (see `PhaseCalibration`). */
export function ratioOf(load: PointMeans, ground: Ground): LoadRatio {
  const { name, power, error, frequency } = load;
  const { voltsPerCount, noiseSquare, crosstalk, sign } = ground;
  const volts = load.voltage * voltsPerCount;
  const seen = scale(add(load.truth, scale(crosstalk, volts ** 2)), sign);
  return {
    name,
    current: Math.sqrt(Math.max(0, load.current ** 2 - noiseSquare)),
    ratio: divide(seen, scale(power, voltsPerCount)),
    error: error / size(power),
    angularFrequency: 2e-6 * Math.PI * frequency,
  };
}

/** Loads of one current each, by ascending current, in groups of which there are not too many. */
export function byCurrent(ratios: readonly LoadRatio[], apart = SAME_CURRENT): LoadRatio[][] {
  const groups: LoadRatio[][] = [];
  for (const ratio of [...ratios].sort((a, b) => a.current - b.current)) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && ratio.current <= apart * group[0].current) group.push(ratio);
    else groups.push([ratio]);
  }
  return groups.length > MOST_CORRECTIONS ? byCurrent(ratios, apart * SAME_CURRENT) : groups;
}

/**
 * Least squares of the loads of one current, each weighted by what noise and reading allow it to tell.
 * @param skew µs
 */
export function nodeOf(group: readonly LoadRatio[], skew: number): Node {
  let [weights, current, ratio] = [0, 0, { re: 0, im: 0 }];
  for (const load of group) {
    const weight = 1 / (load.error ** 2 + READING_FLOOR ** 2);
    weights += weight;
    current += weight * load.current;
    ratio = add(ratio, scale(divide(load.ratio, turn(load.angularFrequency * skew)), weight));
  }
  return { current: current / weights, ratio: scale(ratio, 1 / weights) };
}

/**
 * µs: the slope of the angle by the mains frequency, among loads of one current. Undefined when no two of them are at
 * frequencies far enough apart to tell it.
 */
export function skewOf(groups: readonly (readonly LoadRatio[])[]): number | undefined {
  let [covariance, variance, spread] = [0, 0, 0];
  for (const group of groups) {
    const weights = group.map(({ error }) => 1 / (error ** 2 + Number.EPSILON));
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value, k) => sum + value * (weights[k] as number), 0) /
      weights.reduce((sum, weight) => sum + weight, 0);
    const frequencies = group.map(({ angularFrequency }) => angularFrequency);
    const angles = group.map(({ ratio }) => angle(divide(ratio, (group[0] as LoadRatio).ratio)));
    const [middle, lead] = [mean(frequencies), mean(angles)];
    spread = Math.max(spread, Math.max(...frequencies) - Math.min(...frequencies));
    group.forEach((_, k) => {
      const away = (frequencies[k] as number) - middle;
      covariance += (weights[k] as number) * away * ((angles[k] as number) - lead);
      variance += (weights[k] as number) * away ** 2;
    });
  }
  return spread >= TELLING && variance > KNOWN ** -2 ? covariance / variance : undefined;
}
