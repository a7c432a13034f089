/** @returns ms that the call took */
export function timed(call: () => void): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

/** As `timed`, `runs` times: the median, in ms. */
export function medianTime(runs: number, call: () => void): number {
  return median(Array.from({ length: runs }, () => timed(call)));
}

/** The value in the middle; of an even number of values the lower one. @throws RangeError when there is none */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('median: expected one value at least, got none');
  return middle;
}
