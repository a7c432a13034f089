import type { LoadRatio } from './calibration-fit-nodes';
import { angle, divide, size } from './complex';

/**
 * How much gain and angle of a current transformer and a converter may differ from one current to another: by so much
 * anyhow, and by so much more for each factor of e between the currents. A split-core transformer is linear within
 * some parts in a thousand down to a twentieth of its rating, and leads by one degree to three, more at low current.
 */
const GAIN_STEP = 0.015;
const GAIN_SLOPE = 0.01;
/** rad */
const ANGLE_STEP = 0.03;
const ANGLE_SLOPE = 0.02;
/** Standard errors that noise may add. */
const CERTAIN = 4;

/**
 * One line that names the load which does not fit the others, as a reading mistyped does not; undefined when all fit.
 * Two that contradict each other are both named.
 * @param ratios at least two
 */
export function outlier(ratios: readonly LoadRatio[]): string | undefined {
  const sorted = [...ratios].sort((a, b) => a.current - b.current);
  if (contradiction(sorted) <= 1) return undefined;
  if (sorted.length === 2) {
    const [a, b] = sorted as [LoadRatio, LoadRatio];
    return `expected loads that agree, got ${a.name} and ${b.name} that contradict each other by ${difference(a, b)}`;
  }
  const without = sorted.map((_, k) => contradiction(sorted.filter((_, other) => other !== k)));
  const culprit = without.indexOf(Math.min(...without));
  const load = sorted[culprit] as LoadRatio;
  const neighbour = (sorted[culprit - 1] ?? sorted[culprit + 1]) as LoadRatio;
  return `${load.name}: expected readings that fit the other loads, got ones that differ by ${difference(neighbour, load)}; was one mistyped?`;
}

/** The worst difference between two of them, by what is allowed: above 1 something is wrong. */
function contradiction(sorted: readonly LoadRatio[]): number {
  let worst = 0;
  for (const [k, b] of sorted.entries())
    for (const a of sorted.slice(0, k)) {
      const ratio = divide(b.ratio, a.ratio);
      const apart = Math.log(b.current / a.current);
      const noise = CERTAIN * Math.hypot(a.error, b.error);
      const gain = Math.abs(Math.log(size(ratio))) / (GAIN_STEP + GAIN_SLOPE * apart + noise);
      const turned = Math.abs(angle(ratio)) / (ANGLE_STEP + ANGLE_SLOPE * apart + noise);
      worst = Math.max(worst, gain, turned);
    }
  return worst;
}

function difference(a: LoadRatio, b: LoadRatio): string {
  const ratio = divide(b.ratio, a.ratio);
  const degrees = (angle(ratio) * 180) / Math.PI;
  return `${(100 * (size(ratio) - 1)).toFixed(1)} % and ${degrees.toFixed(1)}°`;
}
