import type { Window } from '../host';
import { CycleMeter, LONGEST_CYCLE } from './cycle-meter';
import { PhaseSummer } from './phase-summer';
import { LONGEST_WINDOW, SHORTEST_WINDOW } from './window-length';

/** Counts: noise smaller than this makes no zero crossing. 0.8 % of a 12-bit converter's range. */
export const DEFAULT_HYSTERESIS = 32;

/** µs after a crossing within which there is no other: the highest mains, 65 Hz, crosses every 15.4 ms. */
const CROSSING_PAUSE = 13_000;

/** µs by which a cycle may be longer than the one before. */
const CYCLE_TOLERANCE = 2000;

/** µs by which a block may take longer than its sample sets do. If it takes more, sets before it were lost. */
const BLOCK_TOLERANCE = 5000;

/** The learned sample period is kept in these of a µs. */
const PERIOD_PARTS = 256;

export interface KernelOptions {
  /** 1 to 3 */
  readonly phases: number;
  /** µs by the host's clock: when sampling began. */
  readonly startTime: number;
  /** Counts: where the voltages rest until a window has told better. Default 2048, the middle of 12 bits. */
  readonly midScale?: number;
  /** Counts that the voltage must fall below its rest before it can cross again. */
  readonly hysteresis?: number;
}

/**
 * Sums raw ADC counts into windows: the reference for the native kernel, which gives the same bits. Everything is an
 * integer below 2⁵³ for counts of up to 16 bits and up to 8 million sample sets a second.
 *
 * A window begins with the sample set that crosses upwards through the resting voltage of the reference phase and ends
 * before another such one. How long its cycles took is told by the phases of the cycles that end with it and with the
 * window before. So the window that sampling begins in, or that mains returns in, or that samples were lost in, counts no
 * cycles: it ends as soon as one has been measured.
 *
 * The reference is the first phase, and as soon as its voltage is gone, the next.
 */
export class Kernel {
  readonly #onWindow: (window: Window) => void;
  readonly #phases: readonly PhaseSummer[];
  readonly #hysteresis: number;
  readonly #meter = new CycleMeter();
  /** Which phase's voltage is counted by. */
  #reference = 0;
  #primed = false;
  /** The voltage has been clearly below its rest since it last crossed. */
  #armed = false;
  /** µs, of the last sample set before the last crossing, wrong ones aside */
  #crossedAt: number;
  /** µs, of the last sample set summed */
  #time: number;
  /** µs, of the last sample set of the window before */
  #windowStart: number;
  /** µs: where the cycle before the window lies; undefined when that is unknown, and cycles cannot be counted */
  #cyclesStart: number | undefined;
  #cycles = 0;
  #samples = 0;
  /** µs */
  #gap = 0;
  /** Of a sample set, in parts of a µs, in the last window of full length; 0 before it */
  #samplePeriod = 0;

  /** @throws RangeError when `phases` is not 1 to 3. */
  constructor(options: KernelOptions, onWindow: (window: Window) => void) {
    const { phases, startTime, midScale = 2048, hysteresis = DEFAULT_HYSTERESIS } = options;
    if (![1, 2, 3].includes(phases)) throw new RangeError(`phases: expected 1 to 3, got ${phases}`);
    this.#onWindow = onWindow;
    this.#phases = Array.from({ length: phases }, () => new PhaseSummer(midScale));
    this.#hysteresis = hysteresis;
    this.#time = startTime;
    this.#windowStart = startTime;
    this.#crossedAt = startTime - CROSSING_PAUSE;
  }

  /**
   * Takes `count` sample sets, v1, i1, v2, i2, ... each; the last was taken at `endTime`, the others evenly since the
   * end of the block before, unless that is so long ago that some were lost. The sample before the very first is taken
   * to have been like it.
   * @param endTime whole µs by the host's clock
   * @returns µs for which samples were lost before the block; 0 when none were
   * @throws RangeError when the block is shorter than `count` sets or `endTime` lies before the last one's.
   */
  add(block: Uint16Array, count: number, endTime: number): number {
    const width = 2 * this.#phases.length;
    if (block.length < count * width)
      throw new RangeError(`block: expected at least ${count * width} counts, got ${block.length}`);
    if (!(endTime >= this.#time))
      throw new RangeError(`endTime: expected ${this.#time} µs or later, got ${endTime}`);
    if (count === 0) return 0;
    if (!this.#primed) this.#prime(block);
    const lost = this.#lostBefore(count, endTime - this.#time);
    if (lost > 0) this.#skip(lost);
    const blockStart = this.#time;
    const span = endTime - blockStart;
    let summed = 0;
    let row = this.#nextDivision(block, 0, blockStart, span, count);
    while (row < count) {
      this.#sum(block, summed, row);
      summed = row;
      this.#time = blockStart + Math.floor((row * span) / count);
      this.#divide(block, row);
      row = this.#nextDivision(block, row + 1, blockStart, span, count);
    }
    this.#sum(block, summed, count);
    this.#time = endTime;
    return lost;
  }

  /** Ends the window under way, for a recording that ends: it counts no cycles. */
  finish(): void {
    this.#cyclesStart = undefined;
    if (this.#samples > 0) this.#end(undefined);
  }

  #prime(block: Uint16Array): void {
    let at = 0;
    for (const phase of this.#phases) phase.prime(block[at++] as number, block[at++] as number);
    this.#primed = true;
  }

  /** µs by which a block took longer than its sample sets do, if that means a loss. */
  #lostBefore(count: number, span: number): number {
    if (this.#samplePeriod === 0) return 0;
    const excess = span - Math.floor((count * this.#samplePeriod) / PERIOD_PARTS);
    return excess > BLOCK_TOLERANCE ? excess : 0;
  }

  /** Time goes by without samples. */
  #skip(lost: number): void {
    this.#time += lost;
    this.#gap += lost;
    this.#armed = false;
    this.#cyclesStart = undefined;
    this.#meter.cancel();
  }

  /** Adds the sample sets of rows `from` to `to`, without the latter, to the window. */
  #sum(block: Uint16Array, from: number, to: number): void {
    const width = 2 * this.#phases.length;
    const start = from * width;
    const end = to * width;
    const v = 2 * this.#reference;
    this.#meter.add(block, start + v, end + v, width, this.#referencePhase.rest);
    for (let p = 0; p < this.#phases.length; p++)
      (this.#phases[p] as PhaseSummer).add(block, start + 2 * p, end + 2 * p, width);
    this.#samples += to - from;
  }

  get #referencePhase(): PhaseSummer {
    return this.#phases[this.#reference] as PhaseSummer;
  }

  /**
   * The first row, `from` on, whose voltage crosses or before which the window has its greatest length; `count` when
   * there is none in this block.
   */
  #nextDivision(block: Uint16Array, from: number, blockStart: number, span: number, count: number): number {
    const limit = rowsUntil(this.#windowStart + LONGEST_WINDOW - blockStart, span, count);
    const width = 2 * this.#phases.length;
    const { rest } = this.#referencePhase;
    const low = rest - this.#hysteresis;
    let armed = this.#armed;
    let row = Math.max(from, rowsUntil(this.#crossedAt + CROSSING_PAUSE - blockStart, span, count));
    for (let at = row * width + 2 * this.#reference; row < limit; row++, at += width) {
      const v = block[at] as number;
      if (v < low) armed = true;
      else if (armed && v >= rest) break;
    }
    this.#armed = armed;
    return row <= limit ? row : Math.max(from, limit);
  }

  /** Ends the window before that row, when its sample set belongs to the next. */
  #divide(block: Uint16Array, row: number): void {
    const v = block[2 * (row * this.#phases.length + this.#reference)] as number;
    if (this.#armed && v >= this.#referencePhase.rest) this.#cross();
    if (this.#time - this.#windowStart >= LONGEST_WINDOW) this.#expire();
  }

  #cross(): void {
    const time = this.#time;
    const cyclesEnd = this.#meter.finish(time);
    const isCounting = this.#cyclesStart !== undefined;
    if (isCounting) this.#cycles++;
    if (cyclesEnd !== undefined && (!isCounting || time - this.#windowStart >= SHORTEST_WINDOW))
      this.#end(cyclesEnd);
    const nextCrossing = time + (time - this.#crossedAt) + CYCLE_TOLERANCE;
    if (this.#cyclesStart === undefined || nextCrossing - this.#windowStart >= SHORTEST_WINDOW)
      this.#meter.begin(time);
    this.#armed = false;
    // Else it would keep from the right crossing for ever.
    if (!this.#meter.isAstray) this.#crossedAt = time;
  }

  /** Ends a window that is too old. */
  #expire(): void {
    const isDark = this.#gap === 0 && this.#time - this.#crossedAt > LONGEST_CYCLE;
    this.#cyclesStart = undefined;
    this.#end(undefined);
    if (!isDark) return;
    this.#meter.reset();
    this.#reference = (this.#reference + 1) % this.#phases.length;
    // A voltage that has stopped moving must not cross because its rest is known better now.
    this.#armed = false;
  }

  /** @param cyclesEnd µs: where the cycle that ends with the window lies */
  #end(cyclesEnd: number | undefined): void {
    const samples = this.#samples;
    const gap = this.#gap;
    const duration = this.#time - this.#windowStart;
    const start = this.#cyclesStart;
    const isCounted = start !== undefined && cyclesEnd !== undefined;
    const cycles = isCounted ? this.#cycles : 0;
    const cycleSpan = isCounted ? cyclesEnd - start : 0;
    if (isCounted) this.#meter.learn(cycles, samples);
    this.#settle(duration);
    const phases = this.#phases.map(phase => phase.take());
    this.#windowStart = this.#time;
    this.#cyclesStart = cyclesEnd;
    this.#cycles = this.#samples = this.#gap = 0;
    this.#onWindow({ phases, samples, cycles, duration, cycleSpan, gap });
  }

  /** Learns from a window of that duration, if it is long enough: the mean of a part of a cycle is not where it rests. */
  #settle(duration: number): void {
    if (duration - this.#gap < SHORTEST_WINDOW) return;
    for (const phase of this.#phases) phase.settle(this.#samples);
    if (this.#gap === 0) this.#samplePeriod = Math.floor((duration * PERIOD_PARTS) / this.#samples);
  }
}

/** The rows of a block that come before so many µs of it have gone by; all when it does not take as long. */
function rowsUntil(time: number, span: number, count: number): number {
  if (time <= 0) return 0;
  return time >= span ? count : Math.ceil((time * count) / span);
}
