import type { Clock, Sensor, SensorHandlers, Timer } from '../../firmware/host';
import { expectSets } from '../../firmware/metrology/capture-length';
import type { RecordedWindow } from './trace';

/**
 * Plays recorded windows, each delivered when the clock says that it has ended; `silent` after the last one. A capture is
 * of the last sample sets of the first window that has as many.
 */
export class TraceSensor implements Sensor {
  readonly phases: number;
  readonly #clock: Clock;
  readonly #windows: readonly RecordedWindow[];
  readonly #repeat: boolean;
  #handlers: SensorHandlers | undefined;
  #timer: Timer | undefined;
  #next = 0;
  /** Sample sets asked for; 0: none */
  #asked = 0;
  /** µs by the clock: when the window delivered last ended */
  #time = 0;

  /**
   * @param windows as `TraceReader` gives them, all of the same number of phases
   * @param repeat begin again after the last one
   * @throws RangeError when there is no window to play
   */
  constructor(clock: Clock, windows: readonly RecordedWindow[], repeat = false) {
    const first = windows[0];
    if (first === undefined) throw new RangeError('windows: expected at least one, got none');
    this.phases = first.phases.length;
    this.#clock = clock;
    this.#windows = windows;
    this.#repeat = repeat;
  }

  /** Plays from the first window on. */
  start(handlers: SensorHandlers): void {
    this.stop();
    this.#handlers = handlers;
    this.#next = 0;
    this.#asked = 0;
    this.#time = Math.round(this.#clock.monotonic() * 1000);
    this.#play();
  }

  stop(): void {
    this.#handlers = undefined;
    this.#timer?.cancel();
  }

  /** @throws RangeError when `sets` is not 1 to 256 */
  capture(sets: number): void {
    expectSets(sets);
    this.#asked = sets;
  }

  #play(): void {
    if (this.#repeat && this.#next === this.#windows.length) this.#next = 0;
    const window = this.#windows[this.#next++];
    if (window === undefined) {
      this.#handlers?.onFault('silent');
      return;
    }
    this.#time += window.duration;
    this.#timer = this.#clock.after(Math.max(0, this.#time / 1000 - this.#clock.monotonic()), () => {
      this.#handlers?.onWindow(window);
      this.#answer(window);
      if (this.#handlers !== undefined) this.#play();
    });
  }

  #answer({ tail: { counts, samplePeriod }, phases }: RecordedWindow): void {
    const length = 2 * phases.length * this.#asked;
    if (length === 0 || length > counts.length) return;
    this.#asked = 0;
    this.#handlers?.onCapture({ counts: counts.slice(-length), samplePeriod });
  }
}
