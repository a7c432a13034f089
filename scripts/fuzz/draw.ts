import type { Prng } from '../../hosts/mock/prng';

/** A whole number of 0 to below `limit`. */
export function below(prng: Prng, limit: number): number {
  return Math.floor(prng.uniform() * limit);
}

/** One of them, none of which is undefined. @throws RangeError when there is none */
export function one<Type>(prng: Prng, of: readonly Type[]): Type {
  const chosen = of[below(prng, of.length)];
  if (chosen === undefined) throw new RangeError('one: expected something to choose from');
  return chosen;
}

/** Any bytes, up to `longest`; short ones as often as long ones. */
export function drawBytes(prng: Prng, longest: number): Uint8Array {
  return bytesOf(prng, below(prng, 1 + below(prng, longest + 1)));
}

/** So many bytes. */
export function bytesOf(prng: Prng, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let k = 0; k < length; k++) bytes[k] = prng.bits();
  return bytes;
}
