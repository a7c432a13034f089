import type { Capture, Window } from '../../firmware/host';
import { Kernel } from '../../firmware/metrology/kernel';
import { Scope } from '../../firmware/metrology/scope';
import type { FrontEnd, FrontEndHardware, World } from './front-end';
import { Waves } from './front-end-waves';
import type { Prng } from './prng';

/** The simulated front end in full: every sample, with its noise and quantisation, through the real kernel. */
export class WaveformFrontEnd implements FrontEnd {
  readonly #hardware: FrontEndHardware;
  readonly #prng: Prng;
  readonly #waves: Waves;
  readonly #kernel: Kernel;
  readonly #scope: Scope;
  readonly #counts: Uint16Array;
  #window: Window | undefined;
  #saturated = false;
  /** µs, of the last sample set */
  #time: number;
  /** Cycles of phase 1's voltage at the next sample set, 0 to below 1 */
  #cycle = 0;

  /** @param startTime whole µs: when sampling begins, one sample period before the first sample set */
  constructor(hardware: FrontEndHardware, prng: Prng, startTime: number) {
    const { phases, bits } = hardware;
    this.#hardware = hardware;
    this.#prng = prng;
    this.#waves = new Waves(hardware);
    this.#kernel = new Kernel({ phases, startTime, midScale: 2 ** (bits - 1) }, window => {
      this.#window = window;
    });
    this.#scope = new Scope(phases, startTime);
    this.#counts = new Uint16Array(2 * phases);
    this.#time = startTime;
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
    this.#saturated = false;
    let until = this.#time;
    for (;;) {
      this.#time += this.#hardware.samplePeriod;
      if (this.#time >= until) {
        const line = world(this.#time);
        this.#waves.follow(line);
        until = line.until;
      }
      if (this.#waves.convert(this.#counts, 0, this.#cycle, this.#prng)) this.#saturated = true;
      this.#cycle += this.#waves.step;
      this.#cycle -= Math.floor(this.#cycle);
      this.#kernel.add(this.#counts, 1, this.#time);
      this.#scope.add(this.#counts, 1, this.#time, 0);
      const window = this.#window;
      this.#window = undefined;
      if (window !== undefined) return window;
    }
  }
}
