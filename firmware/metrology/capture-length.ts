/** Sample sets in the longest capture: more than two cycles of the lowest mains at 4 kHz. */
export const LONGEST_CAPTURE = 256;

/** @throws RangeError when nobody can capture so many sample sets: not 1 to 256 */
export function expectSets(sets: number): void {
  if (!(Number.isInteger(sets) && sets >= 1 && sets <= LONGEST_CAPTURE))
    throw new RangeError(`sets: expected 1 to ${LONGEST_CAPTURE}, got ${sets}`);
}
