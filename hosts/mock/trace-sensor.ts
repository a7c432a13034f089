import type { Clock, Sensor, SensorHandlers, Timer, Window } from '../../firmware/host';

/** Plays recorded windows, each delivered when the clock says that it has ended; `silent` after the last one. */
export class TraceSensor implements Sensor {
  readonly phases: number;
  readonly #clock: Clock;
  readonly #windows: readonly Window[];
  readonly #repeat: boolean;
  #handlers: SensorHandlers | undefined;
  #timer: Timer | undefined;
  #next = 0;
  /** µs by the clock: when the window delivered last ended */
  #time = 0;

  /**
   * @param windows as `TraceReader` gives them, all of the same number of phases
   * @param repeat begin again after the last one
   * @throws RangeError when there is no window to play
   */
  constructor(clock: Clock, windows: readonly Window[], repeat = false) {
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
    this.#time = Math.round(this.#clock.monotonic() * 1000);
    this.#play();
  }

  stop(): void {
    this.#handlers = undefined;
    this.#timer?.cancel();
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
      if (this.#handlers !== undefined) this.#play();
    });
  }
}
