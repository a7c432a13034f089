import type { SupplyStretch } from './report-data';
import { Trail } from './trail';

/** What the supply was from a moment on. */
export interface SupplyChange {
  readonly at: number;
  readonly rank?: number;
  readonly closed: boolean;
  readonly reason: string;
}

/** What the supply was said to be, whenever that was heard. */
export class SupplyTrail {
  readonly #changes: Trail<SupplyChange>;

  /** @param limit of changes, about */
  constructor(limit: number) {
    this.#changes = new Trail(limit, withoutRepetitions);
  }

  add(change: SupplyChange): void {
    this.#changes.add(change);
  }

  /** @param end of the last one, Unix seconds */
  stretches(end: number): SupplyStretch[] {
    return stretchesOf(this.#changes.rows, end);
  }
}

/** From changes to stretches, each up to the next, the last one up to `end`; what was no change is none. */
export function stretchesOf(changes: readonly SupplyChange[], end: number): SupplyStretch[] {
  const news = changes.filter((change, index) => !isSame(change, changes[index - 1]));
  return news.map(({ at, closed, reason }, index) => ({
    at,
    until: news[index + 1]?.at ?? Math.max(at, end),
    closed,
    reason,
  }));
}

/** The first and the last of equal ones: between them one that is late may still have its place. */
function withoutRepetitions(changes: readonly SupplyChange[]): SupplyChange[] {
  return changes.filter(
    (change, index) => !isSame(change, changes[index - 1]) || !isSame(change, changes[index + 1]),
  );
}

function isSame(one: SupplyChange, other: SupplyChange | undefined): boolean {
  return one.closed === other?.closed && one.reason === other.reason;
}
