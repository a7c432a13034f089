/** A bar chart of text: rows above a zero line, and one row below it. */
export interface Chart {
  /** From the top; each as wide as asked for. */
  readonly above: readonly string[];
  readonly below: string;
  /** The value at the upper edge. */
  readonly top: number;
}

const RISING = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** The top is at least this, so that the noise of a house at rest does not fill the chart. */
const LEAST_TOP = 100;

/**
 * Charts the last `width` values, newest at the right, on one scale above and below zero. Any value other than zero
 * shows. What is not a finite number shows as nothing.
 */
export function chart(values: readonly number[], width: number, height: number): Chart {
  const shown = values.slice(-width).map(value => (Number.isFinite(value) ? value : 0));
  const perRow = Math.max(LEAST_TOP / height, Math.max(0, ...shown) / height, -Math.min(0, ...shown));
  const above: string[] = [];
  for (let row = height - 1; row >= 0; row--) {
    const bars = shown.map(value => rising(value / perRow - row, value > 0 && row === 0));
    above.push(bars.join('').padStart(width));
  }
  const below = shown.map(value => falling(-value / perRow)).join('');
  return { above, below: below.padStart(width), top: perRow * height };
}

/** The part of a cell, 0 to 1, filled from below. */
function rising(part: number, visible: boolean): string {
  const eighths = Math.round(8 * Math.min(1, Math.max(0, part)));
  return RISING[visible ? Math.max(1, eighths) : eighths] ?? ' ';
}

/** The part of a cell filled from above: Unicode has only these. */
function falling(part: number): string {
  if (part <= 0) return ' ';
  if (part < 0.3) return '▔';
  return part < 0.75 ? '▀' : '█';
}
