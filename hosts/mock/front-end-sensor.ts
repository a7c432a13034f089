import type { Clock, Sensor, SensorHandlers, Timer, Window } from '../../firmware/host';
import type { FrontEnd, FrontEndHardware, World } from './front-end';
import { PhasorFrontEnd } from './phasor';
import type { Prng } from './prng';
import { WaveformFrontEnd } from './waveform';

/** µs: a window this long without a cycle saw no mains; a shorter one began in mid-cycle. */
const NO_MAINS_WINDOW = 200_000;

export interface FrontEndSensorOptions {
  readonly clock: Clock;
  readonly world: World;
  readonly hardware: FrontEndHardware;
  readonly prng: Prng;
  /** `waveform`: every sample. `phasor`: the same windows in closed form, thousands of times faster. */
  readonly fidelity: 'waveform' | 'phasor';
}

/**
 * A sensor on a simulated front end. A window is computed when it begins and delivered when the clock says that it
 * has ended; so a relay that is switched in mid-window takes effect in the next one, as if it took up to 200 ms to
 * act, and one switched by a window's own handler takes effect at once.
 */
export class FrontEndSensor implements Sensor {
  readonly phases: number;
  readonly #options: FrontEndSensorOptions;
  #run: Run | undefined;

  constructor(options: FrontEndSensorOptions) {
    this.#options = options;
    this.phases = options.hardware.phases;
  }

  /** @throws Error when it runs already. */
  start(handlers: SensorHandlers): void {
    if (this.#run !== undefined) throw new Error('start: expected a stopped sensor, got a running one');
    this.#run = new Run(this.#options, handlers);
  }

  stop(): void {
    this.#run?.stop();
    this.#run = undefined;
  }
}

class Run {
  readonly #clock: Clock;
  readonly #world: World;
  readonly #handlers: SensorHandlers;
  readonly #frontEnd: FrontEnd;
  readonly #deliver = () => this.#delivered();
  #window: Window;
  #timer: Timer;
  /** µs by the clock: when `#window` ends */
  #end: number;
  #stopped = false;
  #wasSaturated = false;
  #wasWithoutMains = false;

  constructor({ clock, world, hardware, prng, fidelity }: FrontEndSensorOptions, handlers: SensorHandlers) {
    this.#clock = clock;
    this.#world = world;
    this.#handlers = handlers;
    const startTime = Math.round(clock.monotonic() * 1000);
    this.#frontEnd =
      fidelity === 'phasor'
        ? new PhasorFrontEnd(hardware, prng, startTime)
        : new WaveformFrontEnd(hardware, prng, startTime);
    this.#window = this.#frontEnd.next(world);
    this.#end = startTime + this.#window.duration;
    this.#timer = this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.cancel();
  }

  #wait(): Timer {
    return this.#clock.after(Math.max(0, this.#end / 1000 - this.#clock.monotonic()), this.#deliver);
  }

  #delivered(): void {
    this.#report();
    this.#handlers.onWindow(this.#window);
    if (this.#stopped) return;
    this.#window = this.#frontEnd.next(this.#world);
    this.#end += this.#window.duration;
    this.#timer = this.#wait();
  }

  /** Tells a fault when it begins. */
  #report(): void {
    const { saturated } = this.#frontEnd;
    const withoutMains = this.#window.cycles === 0 && this.#window.duration > NO_MAINS_WINDOW;
    if (saturated && !this.#wasSaturated) this.#handlers.onFault('saturation');
    if (withoutMains && !this.#wasWithoutMains) this.#handlers.onFault('no-mains');
    this.#wasSaturated = saturated;
    this.#wasWithoutMains = withoutMains;
  }
}
