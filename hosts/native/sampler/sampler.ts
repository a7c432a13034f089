import type { Capture } from '../../../firmware/host';
import { type SampledWindow, sampledWindow, WINDOW_NUMBERS } from './native-window';

const start = native('xs_sampler_start') as (channels: Uint8Array, setsPerSecond: number) => boolean;
const take = native('xs_sampler_take') as (bytes: Uint8Array) => boolean;
const capture = native('xs_sampler_capture') as (sets: number) => void;
const captured = native('xs_sampler_captured') as (counts: Uint8Array) => number;
const stop = native('xs_sampler_stop') as () => void;

/** The native sampler of the ESP32's ADC1. There is one: two at a time are refused. */
export class Sampler {
  readonly #phases: number;
  readonly #channels: Uint8Array;
  readonly #setsPerSecond: number;
  readonly #numbers = new Float64Array(WINDOW_NUMBERS);
  /** The same memory: XS hands arrays of wider elements to no native function. */
  readonly #bytes = new Uint8Array(this.#numbers.buffer);
  /** Room for the capture that was asked for; undefined: none was */
  #counts: Uint16Array<ArrayBuffer> | undefined;

  /**
   * @param channels of ADC1 in the order v1, i1, v2, i2, ...: 2, 4 or 6 of them
   * @param setsPerSecond conversions of each channel; the hardware's least holds if that is more
   * @throws RangeError for another number of channels
   */
  constructor(channels: readonly number[], setsPerSecond: number) {
    if (![2, 4, 6].includes(channels.length))
      throw new RangeError(`channels: expected 2, 4 or 6, got ${channels.length}`);
    this.#phases = channels.length / 2;
    this.#channels = Uint8Array.from(channels);
    this.#setsPerSecond = setsPerSecond;
  }

  /** @returns false when the hardware refuses, or there is no memory for it */
  start(): boolean {
    return start(this.#channels, this.#setsPerSecond);
  }

  /** The oldest window that has not been taken; undefined when none waits. To be called every 100 ms or so. */
  take(): SampledWindow | undefined {
    return take(this.#bytes) ? sampledWindow(this.#numbers, this.#phases) : undefined;
  }

  /** Asks for the next `sets` sample sets, 1 to 256, and forgets what was asked before. While it is sampling. */
  capture(sets: number): void {
    this.#counts = new Uint16Array(2 * this.#phases * sets);
    capture(sets);
  }

  /** What was asked for, once, when it is whole. */
  takeCapture(): Capture | undefined {
    const counts = this.#counts;
    if (counts === undefined) return undefined;
    const span = captured(new Uint8Array(counts.buffer));
    if (span === 0) return undefined;
    this.#counts = undefined;
    return { counts, samplePeriod: (span * 2 * this.#phases) / counts.length };
  }

  stop(): void {
    this.#counts = undefined;
    stop();
  }
}
