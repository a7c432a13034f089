import type { Capture, Window } from '../../../firmware/host';
import { Kernel } from '../../../firmware/metrology/kernel';
import { Scope } from '../../../firmware/metrology/scope';
import type { FrontEnd, Line, World } from '../front-end';
import type { Prng } from '../prng';
import { AnalogFrontEnd } from './analog-front-end';
import type { AnalogHardware } from './hardware';
import { NO_LOAD, sinusoidal } from './load';
import { type Mains, symmetric } from './mains';

/** Sample sets between two looks at the world: less than a millisecond and a half. */
const BLOCK = 8;

/** The analog front end wired to a world: every sample, through the real kernel. */
export class AnalogWindows implements FrontEnd {
  readonly #hardware: AnalogHardware;
  readonly #prng: Prng;
  readonly #startTime: number;
  readonly #kernel: Kernel;
  readonly #scope: Scope;
  readonly #block: Uint16Array;
  #frontEnd: AnalogFrontEnd | undefined;
  #window: Window | undefined;
  /** µs by the host's clock: when to ask the world again */
  #until: number;
  #saturated = false;

  /** @param startTime whole µs: when sampling begins */
  constructor(hardware: AnalogHardware, prng: Prng, startTime: number) {
    const { phases } = hardware;
    this.#hardware = hardware;
    this.#prng = prng;
    this.#startTime = startTime;
    this.#until = startTime;
    this.#block = new Uint16Array(2 * phases * BLOCK);
    this.#scope = new Scope(phases, startTime);
    this.#kernel = new Kernel({ phases, startTime }, window => {
      this.#window = window;
    });
  }

  get saturated(): boolean {
    return this.#saturated;
  }

  capture(sets: number): void {
    this.#scope.request(sets);
  }

  takeCapture(): Capture | undefined {
    return this.#scope.take();
  }

  next(world: World): Window {
    for (;;) {
      const frontEnd = this.#wired(world);
      const time = frontEnd.fill(this.#block, BLOCK);
      this.#scope.add(this.#block, BLOCK, time, 0);
      this.#kernel.add(this.#block, BLOCK, time);
      const window = this.#window;
      if (window === undefined) continue;
      this.#window = undefined;
      this.#saturated = frontEnd.takeClipped();
      return window;
    }
  }

  #wired(world: World): AnalogFrontEnd {
    const time = this.#frontEnd?.time ?? this.#startTime;
    if (this.#frontEnd !== undefined && time < this.#until) return this.#frontEnd;
    const line = world(time);
    this.#until = line.until;
    const mains = mainsOf(line);
    if (this.#frontEnd === undefined)
      this.#frontEnd = new AnalogFrontEnd(this.#hardware, this.#prng, mains, this.#startTime);
    else this.#frontEnd.follow(mains);
    return this.#frontEnd;
  }
}

/** The world's frequency, which needs no drift of its own; of a line in an outage, 50 Hz without any voltage. */
function mainsOf({ voltage, frequency, phases }: Line): Mains {
  const isLive = voltage > 0 && frequency > 0;
  const loads = phases.map(({ activePower, reactivePower }) => {
    const amps = isLive ? Math.hypot(activePower, reactivePower) / voltage : 0;
    return amps === 0 ? NO_LOAD : sinusoidal(amps, (Math.atan2(reactivePower, activePower) * 180) / Math.PI);
  });
  return { ...symmetric(isLive ? voltage : 0, isLive ? frequency : 50, loads), drift: 0 };
}
