import type { KnownTariff } from '../../simulator/independent-ledger';

/** A tariff that the meter was told of. */
export interface ToldTariff extends KnownTariff {
  readonly version: number;
}

/** What a mWh weighs on the balance, in thousandths: as far as can be known. */
export interface Weight {
  readonly least: number;
  readonly most: number;
}

export interface Weights {
  readonly debit: Weight;
  readonly earn: Weight;
}

interface Held {
  readonly present: ToldTariff | undefined;
  readonly later: ToldTariff | undefined;
}

const PLAIN = 1000;
const MINUTE = 60;

/**
 * What tariffs a meter may hold, from what passes over its wire: what reached it, it may have taken or lost in a power
 * cut, and has taken for sure once it says so. Written from the specification in DESIGN.md, without code of the meter's;
 * local time is UTC.
 */
export class TariffBelief {
  #possible: readonly Held[] = [{ present: undefined, later: undefined }];
  #weights: Weights | undefined;
  /** Unix seconds before which the weights stand */
  #until = 0;

  /** It came to the meter. @param now Unix seconds, as the meter knows them */
  reached(tariff: ToldTariff, now: number | undefined): void {
    this.#change([...this.#possible, ...this.#possible.map(held => taken(held, tariff, now))]);
  }

  /** The meter says that it has it. */
  confirmed(tariff: ToldTariff, now: number | undefined): void {
    this.#change(this.#possible.map(held => taken(held, tariff, now)));
  }

  /** At this moment. @param now Unix seconds, as the meter knows them */
  weights(now: number | undefined): Weights {
    if (now === undefined) {
      this.#until = 0;
      return this.#guess();
    }
    if (this.#weights === undefined || now >= this.#until) this.#look(now);
    return this.#weights as Weights;
  }

  #change(possible: readonly Held[]): void {
    this.#possible = distinct(possible);
    this.#until = 0;
  }

  #look(now: number): void {
    this.#change(this.#possible.map(held => ({ present: holding(held, now), later: pending(held, now) })));
    const present = this.#possible.map(held => held.present);
    this.#weights = {
      debit: rangeOf(present.map(tariff => (tariff === undefined ? PLAIN : factorOf(tariff, now)))),
      earn: rangeOf(present.map(tariff => tariff?.feedInFactor ?? 0)),
    };
    const changes = this.#possible.map(({ later }) => later?.validFrom ?? Number.POSITIVE_INFINITY);
    this.#until = Math.min(now - (now % MINUTE) + MINUTE, ...changes);
  }

  /** While the time is unknown: of all that it has anything. */
  #guess(): Weights {
    const all = this.#possible.flatMap(({ present, later }) => [present, later]);
    const factors = all.flatMap(tariff => tariff?.bands.map(({ factor }) => factor) ?? []);
    const earned = all.map(tariff => tariff?.feedInFactor ?? 0);
    return { debit: rangeOf([PLAIN, ...factors]), earn: rangeOf([0, ...earned]) };
  }
}

/** What is held once this one came too; what is older than that changes nothing. */
function taken(held: Held, tariff: ToldTariff, now: number | undefined): Held {
  const newest = held.later ?? held.present;
  if (newest !== undefined && tariff.version <= newest.version) return held;
  if (tariff.validFrom <= (now ?? 0)) return { present: tariff, later: undefined };
  return { present: now === undefined ? held.present : holding(held, now), later: tariff };
}

function holding({ present, later }: Held, now: number): ToldTariff | undefined {
  return later !== undefined && later.validFrom <= now ? later : present;
}

function pending({ later }: Held, now: number): ToldTariff | undefined {
  return later !== undefined && later.validFrom <= now ? undefined : later;
}

function factorOf({ bands }: ToldTariff, now: number): number {
  const date = new Date(now * 1000);
  const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
  // JavaScript's week begins on Sunday.
  const day = 2 ** ((date.getUTCDay() + 6) % 7);
  const holds = bands.find(
    ({ days, fromMinute, toMinute }) => (days & day) > 0 && minute >= fromMinute && minute < toMinute,
  );
  return holds?.factor ?? PLAIN;
}

function rangeOf(numbers: readonly number[]): Weight {
  return { least: Math.min(...numbers), most: Math.max(...numbers) };
}

function distinct(possible: readonly Held[]): readonly Held[] {
  const byVersions = possible.map(held => [`${held.present?.version} ${held.later?.version}`, held] as const);
  return [...new Map(byVersions).values()];
}
