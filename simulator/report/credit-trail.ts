import type { Purchase } from './report-data';
import { Trail } from './trail';

interface Total {
  readonly at: number;
  /** mWh credited, ever */
  readonly total: number;
}

/** What was credited in total, which events and readings state, and what was bought by its growth. */
export class CreditTrail {
  /** Whether it is known from the meter's first words on. */
  isWhole = false;
  readonly #totals: Trail<Total>;

  /** @param limit of totals, about */
  constructor(limit: number) {
    this.#totals = new Trail(limit, rising);
  }

  add(at: number, total: number): void {
    this.#totals.add({ at, total });
  }

  get purchases(): Purchase[] {
    const totals = rising(this.#totals.rows);
    // What a meter was sold before the first that is known of it was sold nobody knows when.
    const before = this.isWhole ? 0 : totals[0]?.total;
    return totals
      .map(({ at, total }, index) => ({ at, energy: total - (totals[index - 1]?.total ?? before ?? 0) }))
      .filter(({ energy }) => energy > 0);
  }
}

/** Those greater than all before. */
function rising(totals: readonly Total[]): Total[] {
  let most = Number.NEGATIVE_INFINITY;
  return totals.filter(({ total }) => {
    const rises = total > most;
    most = Math.max(most, total);
    return rises;
  });
}
