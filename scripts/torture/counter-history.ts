import { BrokenPromise, type Loss, NO_LOSS, worse } from './promises';

/** Registers and what else a counters record holds, as plain numbers. */
export interface Counters {
  readonly imported: number;
  readonly exported: number;
  readonly debited: number;
  readonly credited: number;
  readonly withdrawn: number;
  readonly feedIn: number;
  readonly acknowledged: number;
  /** Thousandths of a mWh that `debited` and `feedIn` are short of */
  readonly debitRemainder: number;
  readonly feedInRemainder: number;
  /** Imported and exported of each phase, one after the other; empty with one phase */
  readonly phases: readonly number[];
}

/** Energy that flowed in one window, mWh in both directions together. */
export interface Flow {
  readonly line: number;
  /** Through each phase, added up; 0 with one phase */
  readonly phases: number;
  /** µs */
  readonly duration: number;
}

interface State {
  readonly counters: Counters;
  /** Sums since the first state: mWh, mWh, µs */
  readonly line: number;
  readonly phases: number;
  readonly time: number;
}

/** mWh */
const FREE_OF_TIME = 10_000;
/** µs */
const FREE_OF_ENERGY = 10_000_000;
const NO_FLOW: Flow = { line: 0, phases: 0, duration: 0 };

export const NO_COUNTERS: Counters = {
  ...{ imported: 0, exported: 0, debited: 0, credited: 0, withdrawn: 0, feedIn: 0, acknowledged: 0 },
  ...{ debitRemainder: 0, feedInRemainder: 0, phases: [] },
};

/**
 * Every state that the counters have had since the one that is known to be on flash. After a power cut the meter must
 * have one of them, whole, and not one that is too long ago: at most 10 Wh or 10 s of consumption may be missing,
 * whichever is more. It knows nothing of when a ledger saves.
 */
export class CounterHistory {
  #states: State[];
  #worst = NO_LOSS;

  constructor(counters: Counters = NO_COUNTERS) {
    this.#states = [{ counters, line: 0, phases: 0, time: 0 }];
  }

  /** The worst that a power cut has cost so far. */
  get worst(): Loss {
    return this.#worst;
  }

  get counters(): Counters {
    return this.#last.counters;
  }

  /** The counters are so from now on, or are about to be. */
  become(counters: Counters, { line, phases, duration }: Flow = NO_FLOW): void {
    const last = this.#last;
    this.#states.push({
      counters,
      line: last.line + line,
      phases: last.phases + phases,
      time: last.time + duration,
    });
  }

  /** What they are now is on flash: no power cut may take it back. */
  settle(): void {
    this.#states = [this.#last];
  }

  /** The power failed, and this is what came back. @throws BrokenPromise */
  recover(counters: Counters): void {
    const key = keyOf(counters);
    const found = this.#states.findLast(state => keyOf(state.counters) === key);
    if (found === undefined) throw this.#breach(counters);
    this.#judge('line', found);
    this.#judge('phases', found);
    this.#states = [{ counters: found.counters, line: 0, phases: 0, time: 0 }];
  }

  get #last(): State {
    return this.#states.at(-1) as State;
  }

  #judge(path: 'line' | 'phases', found: State): void {
    const last = this.#last;
    const since = this.#states.find(({ time }) => time >= last.time - FREE_OF_ENERGY) as State;
    const bound = Math.max(FREE_OF_TIME, last[path] - since[path]);
    const lost = last[path] - found[path];
    this.#worst = worse(this.#worst, { lost, bound });
    if (lost > bound)
      throw new BrokenPromise('energy lost beyond the bound', `expected ${bound} mWh at most, got ${lost}`);
  }

  /** What kind of wrong it is, that the counters have never been so. */
  #breach(got: Counters): BrokenPromise {
    const { counters: least } = this.#states[0] as State;
    const { counters: most } = this.#last;
    const told = `expected ${keyOf(least)} to ${keyOf(most)}, got ${keyOf(got)}`;
    const isPair = this.#states.some(
      ({ counters: { credited, withdrawn } }) => credited === got.credited && withdrawn === got.withdrawn,
    );
    if (got.credited > most.credited || got.withdrawn > most.withdrawn)
      return new BrokenPromise('credits doubled', told);
    if (!isPair) return new BrokenPromise('credits lost', told);
    const isLess = flowsOf(got).some((flow, k) => flow < (flowsOf(least)[k] ?? 0));
    const isMore = flowsOf(got).some((flow, k) => flow > (flowsOf(most)[k] ?? 0));
    return new BrokenPromise(isMore && !isLess ? 'energy invented' : 'registers decreased', told);
  }
}

function keyOf(counters: Counters): string {
  const { debitRemainder, feedInRemainder } = counters;
  return `${flowsOf(counters)} and ${debitRemainder}, ${feedInRemainder} thousandths, credit ${counters.credited} − ${counters.withdrawn}, acknowledged ${counters.acknowledged}`;
}

function flowsOf({ imported, exported, debited, feedIn, phases }: Counters): readonly number[] {
  return [imported, exported, debited, feedIn, ...phases];
}
