import type { Clock, Timer } from '../../firmware/host';

/** A class, because a closure to cancel it takes tsx ten times as long to make. */
class Entry implements Timer {
  /** ms */
  readonly due: number;
  /** Number of the `after` that made it: among equals the older is first. */
  readonly order: number;
  readonly callback: () => void;
  readonly #entries: Entry[];

  constructor(entries: Entry[], due: number, order: number, callback: () => void) {
    this.#entries = entries;
    this.due = due;
    this.order = order;
    this.callback = callback;
  }

  cancel(): void {
    const place = placeOf(this.#entries, this);
    if (this.#entries[place] === this) this.#entries.splice(place, 1);
  }
}

/** Time that stands still until it is told to go on, so that a day passes in a second and always the same way. */
export class VirtualClock implements Clock {
  #time = 0;
  /** Unix seconds at `#time` 0; undefined while the time is unknown. */
  #epoch: number | undefined;
  #made = 0;
  /** Latest first: the next to run is taken from the end, and a new one, mostly due soon, is put in near it. */
  readonly #entries: Entry[] = [];

  /** @param unixTime seconds; absent: unknown, as on a device before its first answer from a time server */
  constructor(unixTime?: number) {
    this.#epoch = unixTime;
  }

  monotonic(): number {
    return this.#time;
  }

  now(): number | undefined {
    return this.#epoch === undefined ? undefined : Math.floor(this.#epoch + this.#time / 1000);
  }

  /** Sets the Unix time of this very moment in seconds, or makes it unknown. Timers do not notice. */
  setUnixTime(seconds: number | undefined): void {
    this.#epoch = seconds === undefined ? undefined : seconds - this.#time / 1000;
  }

  /** @throws RangeError when `milliseconds` is not a finite number from 0 on; fractions are kept */
  after(milliseconds: number, callback: () => void): Timer {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`after: expected milliseconds from 0, got ${milliseconds}`);
    }
    const entries = this.#entries;
    const entry = new Entry(entries, this.#time + milliseconds, this.#made++, callback);
    entries.splice(placeOf(entries, entry), 0, entry);
    return entry;
  }

  /** Timers waiting. */
  get pending(): number {
    return this.#entries.length;
  }

  /** `monotonic` ms at which the next timer is due; undefined when none waits. */
  get next(): number | undefined {
    return this.#entries[this.#entries.length - 1]?.due;
  }

  /** As `runUntil`, by so many ms from here. */
  advance(milliseconds: number): void {
    this.runUntil(this.#time + milliseconds);
  }

  /**
   * Lets time pass until `monotonic` is `time`, running each timer that is due by then, those made meanwhile too, at
   * its own moment: in order of time, then of creation.
   * @throws RangeError when `time` is in the past
   */
  runUntil(time: number): void {
    if (!(time >= this.#time))
      throw new RangeError(`runUntil: expected ${this.#time} ms or later, got ${time}`);
    for (let entry = this.#take(time); entry !== undefined; entry = this.#take(time)) {
      this.#time = entry.due;
      entry.callback();
    }
    this.#time = time;
  }

  #take(time: number): Entry | undefined {
    const due = this.next;
    return due !== undefined && due <= time ? this.#entries.pop() : undefined;
  }
}

/** Index of the first entry that runs no later than `entry`: where it is, or is to be put. */
function placeOf(entries: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = entries[middle] as Entry;
    if (other.due > entry.due || (other.due === entry.due && other.order > entry.order)) low = middle + 1;
    else high = middle;
  }
  return low;
}
