import type { Converter } from './hardware';

/** mV: what the converter may be shown */
export const RANGE = 3300;
/** Counts of full scale */
export const FULL_SCALE = 4095;

/** Counts, with fractions, by mV from 0 to `RANGE`: what a conversion is before noise and rounding. */
export function transferOf(converter: Converter): Float64Array {
  const curve = new Float64Array(RANGE + 2);
  for (let millivolts = 0; millivolts < curve.length; millivolts++) {
    const counts = straightened(millivolts, converter);
    curve[millivolts] = counts + bendAt(counts, converter);
  }
  return curve;
}

/** Counts without the bends: straight, and denser from `straightTo` on. */
function straightened(millivolts: number, converter: Converter): number {
  const { zero, gainError, offset, straightTo, topMillivoltsPerCount } = converter;
  const slope = converter.millivoltsPerCount / (1 + gainError / 100);
  const straight = (millivolts - zero) / slope + offset;
  if (straight <= straightTo) return straight;
  // mV above the straight part: slope · x − fall · x²/2, solved for the counts x.
  const fall = (slope - topMillivoltsPerCount) / (FULL_SCALE - straightTo);
  const above = (straight - straightTo) * slope;
  const square = slope * slope - 2 * fall * above;
  return straightTo + (square > 0 ? (slope - Math.sqrt(square)) / fall : slope / fall);
}

function bendAt(counts: number, { bend, bendWidth, ripple, straightTo }: Converter): number {
  const inside = Math.min(straightTo, Math.max(0, counts));
  const ends = Math.exp(-inside / bendWidth) - Math.exp((inside - straightTo) / bendWidth);
  return bend * ends + ripple * Math.sin((2 * Math.PI * inside) / straightTo);
}
