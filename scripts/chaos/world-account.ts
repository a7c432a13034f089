import type { Weight, Weights } from './tariff-belief';

/** mJ in a mWh */
const MILLIJOULES = 3600n;
const THOUSAND = 1000n;

/** mWh, whole ones: what must have been registered, if no power cut took any of it. */
export interface Expected {
  readonly imported: number;
  readonly exported: number;
  readonly debited: Weight;
  readonly feedIn: Weight;
}

/** Energy in one direction, and what it weighs. */
class Flow {
  /** mJ */
  total = 0n;
  /** Thousandths of a mJ */
  least = 0n;
  most = 0n;

  add(energy: bigint, { least, most }: Weight): void {
    this.total += energy;
    this.least += energy * BigInt(least);
    this.most += energy * BigInt(most);
  }
}

/** What the world reckons of a household: all that it drew and fed, weighed by what its meter knew then. */
export class WorldAccount {
  /** Times at which the meter began to count elsewhere, each of which may misplace a mWh. */
  changes = 0;
  readonly #imported = new Flow();
  readonly #exported = new Flow();
  #weights: Weights = { debit: { least: 0, most: 0 }, earn: { least: 0, most: 0 } };
  /** mJ that are not weighed yet */
  #drawn = 0;
  #fed = 0;

  /** @param watts whole, negative when fed @param milliseconds whole */
  count(watts: number, milliseconds: number, weights: Weights): void {
    if (weights !== this.#weights) this.#weigh(weights);
    if (watts > 0) this.#drawn += watts * milliseconds;
    else this.#fed -= watts * milliseconds;
  }

  expected(): Expected {
    this.#weigh(this.#weights);
    const { total: imported } = this.#imported;
    return {
      imported: Number(imported / MILLIJOULES),
      exported: Number(this.#exported.total / MILLIJOULES),
      debited: weighed(this.#imported),
      feedIn: weighed(this.#exported),
    };
  }

  #weigh(weights: Weights): void {
    this.#imported.add(BigInt(this.#drawn), this.#weights.debit);
    this.#exported.add(BigInt(this.#fed), this.#weights.earn);
    this.#drawn = 0;
    this.#fed = 0;
    this.#weights = weights;
    this.changes++;
  }
}

function weighed({ least, most }: Flow): Weight {
  return {
    least: Number(least / THOUSAND / MILLIJOULES),
    most: Number(most / THOUSAND / MILLIJOULES),
  };
}
