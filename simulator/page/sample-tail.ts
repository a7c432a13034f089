/** s between two samples of the last half hour, and how many are kept */
export const RECENT = { step: 2, length: 900 } as const;
/** Likewise of the last seven days */
export const DAYS = { step: 900, length: 672 } as const;

/** The columns of a history, in this order. */
export const COLUMNS = ['time', 'imported', 'exported', 'voltage', 'balance'] as const;
/** Unix seconds, W, W, V, mWh; null: not known, as of a meter without power */
export type Sample = readonly [
  time: number,
  imported: number | null,
  exported: number | null,
  voltage: number | null,
  balance: number | null,
];

/** Some of a tail, as JSON. */
export interface TailPart {
  /** How many samples there ever were before these. */
  readonly from: number;
  readonly samples: readonly Sample[];
}

/**
 * The last of many samples, each column in one piece and in order, so that a chart draws it without a copy. The columns
 * have twice the room; when they are full their end moves to the front.
 */
export class SampleTail {
  readonly #capacity: number;
  readonly #columns: readonly Float64Array[];
  /** Of the columns: where the tail begins and ends */
  #start = 0;
  #end = 0;
  /** Samples ever */
  #count = 0;

  /** @param capacity samples that are kept, 1 or more */
  constructor(capacity: number) {
    if (!(Number.isSafeInteger(capacity) && capacity > 0))
      throw new RangeError(`capacity: expected a whole number from 1, got ${capacity}`);
    this.#capacity = capacity;
    this.#columns = COLUMNS.map(() => new Float64Array(2 * capacity));
  }

  /** Samples that ever were added. */
  get count(): number {
    return this.#count;
  }

  /** Unix seconds of the last sample; 0 when there is none. */
  get last(): number {
    return this.#columns[0]?.[this.#end - 1] ?? 0;
  }

  add(sample: Sample): void {
    if (this.#end === 2 * this.#capacity) this.#moveToFront();
    sample.forEach((value, index) => {
      const column = this.#columns[index] as Float64Array;
      column[this.#end] = value ?? Number.NaN;
    });
    this.#end++;
    this.#count++;
    this.#start = Math.max(this.#start, this.#end - this.#capacity);
  }

  /** Views, valid until the next `add`; NaN: not known. */
  columns(): Float64Array[] {
    return this.#columns.map(column => column.subarray(this.#start, this.#end));
  }

  /** What was added since there were `count` samples, as far as it is kept. */
  since(count: number): TailPart {
    const length = this.#end - this.#start;
    const missing = Math.min(length, Math.max(0, this.#count - count));
    const samples = Array.from({ length: missing }, (_, index) => this.#at(this.#end - missing + index));
    return { from: this.#count - missing, samples };
  }

  /** Takes what another tail's `since` gave; what it has already is passed over. */
  append({ from, samples }: TailPart): void {
    if (from > this.#count) this.#skipTo(from);
    for (const sample of samples.slice(Math.max(0, this.#count - from))) this.add(sample);
  }

  /** Between lie samples that are lost: what is older is forgotten. */
  #skipTo(count: number): void {
    this.#start = this.#end;
    this.#count = count;
  }

  #at(index: number): Sample {
    const value = (column: number) => known(this.#columns[column]?.[index]);
    return [value(0) ?? 0, value(1), value(2), value(3), value(4)];
  }

  #moveToFront(): void {
    for (const column of this.#columns) column.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}

/** As JSON has it, which knows no NaN. */
function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
