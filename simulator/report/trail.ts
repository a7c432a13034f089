/** A row of a table, at a moment. */
export interface Row {
  /** Unix seconds */
  readonly at: number;
  /** Among those of the same moment, the lower first; 0 when absent */
  readonly rank?: number;
}

/** Rows as they come, in any order: when they are many they are thinned out, so that memory has room for any number. */
export class Trail<Kept extends Row> {
  /** How many came. */
  count = 0;
  readonly #thin: (rows: readonly Kept[]) => readonly Kept[];
  #limit: number;
  #rows: Kept[] = [];

  /**
   * @param limit rows at which they are thinned out; the double of what is left, if that is more
   * @param thin of rows in the order of time, leaves those that matter
   */
  constructor(limit: number, thin: (rows: readonly Kept[]) => readonly Kept[]) {
    this.#limit = limit;
    this.#thin = thin;
  }

  /** What is kept, in the order of time. */
  get rows(): readonly Kept[] {
    return byTime(this.#rows);
  }

  add(row: Kept): void {
    this.count++;
    this.#rows.push(row);
    if (this.#rows.length < this.#limit) return;
    this.#rows = [...this.#thin(this.rows)];
    this.#limit = Math.max(this.#limit, 2 * this.#rows.length);
  }
}

/** Rows of one moment stay as they came, but for their rank. */
export function byTime<Some extends Row>(rows: readonly Some[]): Some[] {
  return [...rows].sort((a, b) => a.at - b.at || (a.rank ?? 0) - (b.rank ?? 0));
}
