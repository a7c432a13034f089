/**
 * At most `points` of the rows, in their order: the first, the last, and of each stretch of time those with the least and
 * the greatest of every column, so that no extreme is lost. A row whose columns are all null is not one of them.
 * @param rows in the order of time
 * @param points 2 + 2 per column at least
 */
export function downsample<Row extends { readonly at: number }>(
  rows: readonly Row[],
  points: number,
  columns: readonly (keyof Row)[],
): readonly Row[] {
  const [first, last] = [rows[0], rows.at(-1)];
  if (rows.length <= points || first === undefined || last === undefined) return rows;
  const stretches = Math.floor((points - 2) / (2 * columns.length));
  const width = (last.at - first.at) / stretches || 1;
  const kept = new Set<Row>([first, last]);
  for (const column of columns) {
    const extremes = new Map<number, Extremes<Row>>();
    for (const row of rows) {
      const value = row[column];
      if (typeof value !== 'number') continue;
      const stretch = Math.min(stretches - 1, Math.floor((row.at - first.at) / width));
      widen(extremes, stretch, row, value);
    }
    for (const { least, most } of extremes.values()) kept.add(least.row).add(most.row);
  }
  return rows.filter(row => kept.has(row));
}

/** At most `count` of the rows, in their order: those that weigh most. */
export function heaviest<Row>(
  rows: readonly Row[],
  count: number,
  weigh: (row: Row) => number,
): readonly Row[] {
  if (rows.length <= count) return rows;
  const kept = new Set([...rows].sort((a, b) => weigh(b) - weigh(a)).slice(0, count));
  return rows.filter(row => kept.has(row));
}

interface Extreme<Row> {
  readonly row: Row;
  readonly value: number;
}

interface Extremes<Row> {
  readonly least: Extreme<Row>;
  readonly most: Extreme<Row>;
}

function widen<Row>(extremes: Map<number, Extremes<Row>>, stretch: number, row: Row, value: number): void {
  const here = { row, value };
  const { least, most } = extremes.get(stretch) ?? { least: here, most: here };
  if (value >= least.value && value <= most.value && extremes.has(stretch)) return;
  extremes.set(stretch, {
    least: value < least.value ? here : least,
    most: value > most.value ? here : most,
  });
}
