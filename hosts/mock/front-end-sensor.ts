import type { Clock, Sensor, SensorHandlers, Timer, Window } from '../../firmware/host';
import { expectSets } from '../../firmware/metrology/capture-length';
import { MainsWatch } from '../../firmware/metrology/mains-watch';
import { AnalogWindows } from './analog/analog-windows';
import type { AnalogHardware } from './analog/hardware';
import type { FrontEnd, FrontEndHardware, World } from './front-end';
import { PhasorFrontEnd } from './phasor';
import type { Prng } from './prng';
import { WaveformFrontEnd } from './waveform';

/**
 * `waveform`: every sample. `phasor`: the same windows in closed form, thousands of times faster. `real`: every sample of
 * a front end with a real one's flaws.
 */
type FrontEndChoice =
  | { readonly fidelity: 'waveform' | 'phasor'; readonly hardware: FrontEndHardware }
  | { readonly fidelity: 'real'; readonly hardware: AnalogHardware };

export type FrontEndSensorOptions = FrontEndChoice & {
  readonly clock: Clock;
  readonly world: World;
  readonly prng: Prng;
};

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

  /** It is delivered with the window in which it is whole. @throws RangeError when `sets` is not 1 to 256 */
  capture(sets: number): void {
    expectSets(sets);
    this.#run?.capture(sets);
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
  readonly #mains: MainsWatch;

  constructor(options: FrontEndSensorOptions, handlers: SensorHandlers) {
    const { clock, world, hardware } = options;
    this.#clock = clock;
    this.#world = world;
    this.#handlers = handlers;
    this.#mains = new MainsWatch(hardware.phases);
    const startTime = Math.round(clock.monotonic() * 1000);
    this.#frontEnd = openFrontEnd(options, startTime);
    this.#window = this.#frontEnd.next(world);
    this.#end = startTime + this.#window.duration;
    this.#timer = this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.cancel();
  }

  capture(sets: number): void {
    this.#frontEnd.capture(sets);
  }

  #wait(): Timer {
    return this.#clock.after(Math.max(0, this.#end / 1000 - this.#clock.monotonic()), this.#deliver);
  }

  #delivered(): void {
    this.#report();
    this.#handlers.onWindow(this.#window);
    const capture = this.#stopped ? undefined : this.#frontEnd.takeCapture();
    if (capture !== undefined) this.#handlers.onCapture(capture);
    if (this.#stopped) return;
    this.#window = this.#frontEnd.next(this.#world);
    this.#end += this.#window.duration;
    this.#timer = this.#wait();
  }

  /** Tells a fault when it begins. */
  #report(): void {
    const { saturated } = this.#frontEnd;
    const withoutMains = this.#mains.take(this.#window);
    if (saturated && !this.#wasSaturated) this.#handlers.onFault('saturation');
    if (withoutMains && !this.#wasWithoutMains) this.#handlers.onFault('no-mains');
    this.#wasSaturated = saturated;
    this.#wasWithoutMains = withoutMains;
  }
}

function openFrontEnd(options: FrontEndSensorOptions, startTime: number): FrontEnd {
  const { prng } = options;
  if (options.fidelity === 'real') return new AnalogWindows(options.hardware, prng, startTime);
  return options.fidelity === 'phasor'
    ? new PhasorFrontEnd(options.hardware, prng, startTime)
    : new WaveformFrontEnd(options.hardware, prng, startTime);
}
