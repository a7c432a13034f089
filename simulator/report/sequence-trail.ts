import type { ReadingGap } from './report-data';

/** Which readings came, each sequence once, and which did not. */
export class SequenceTrail {
  readonly #times = new Map<number, number | undefined>();
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  /** @param at Unix seconds; undefined where nobody knows */
  add(sequence: number, at: number | undefined): void {
    this.#times.set(sequence, at);
    this.#first = Math.min(this.#first, sequence);
    this.#last = Math.max(this.#last, sequence);
  }

  /** The last that came; 0 when none did. */
  get last(): number {
    return this.#last;
  }

  /** How many are missing between the first and the last. */
  get missing(): number {
    return this.#times.size === 0 ? 0 : this.#last - this.#first + 1 - this.#times.size;
  }

  get gaps(): ReadingGap[] {
    if (this.missing === 0) return [];
    const sequences = Float64Array.from(this.#times.keys()).sort();
    const gaps: ReadingGap[] = [];
    for (let k = 1; k < sequences.length; k++) {
      const [before, after] = [sequences[k - 1] as number, sequences[k] as number];
      if (after > before + 1) gaps.push(...this.#gap(before, after));
    }
    return gaps;
  }

  /** Between the readings before and after it; none when neither has a time. */
  #gap(before: number, after: number): ReadingGap[] {
    const [since, until = since] = [this.#times.get(before), this.#times.get(after)];
    if (until === undefined) return [];
    return [{ at: Math.min(since ?? until, until), until, first: before + 1, last: after - 1 }];
  }
}
