import type { Window } from '../../firmware/host';
import { Kernel } from '../../firmware/metrology/kernel';
import type { FrontEnd, FrontEndHardware, World } from './front-end';
import { type PhaseWaves, Waves } from './front-end-waves';
import type { Prng } from './prng';

/** The simulated front end in full: every sample, with its noise and quantisation, through the real kernel. */
export class WaveformFrontEnd implements FrontEnd {
  readonly #hardware: FrontEndHardware;
  readonly #prng: Prng;
  readonly #waves: Waves;
  readonly #kernel: Kernel;
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
    this.#counts = new Uint16Array(2 * phases);
    this.#time = startTime;
  }

  get saturated(): boolean {
    return this.#saturated;
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
      this.#sample();
      this.#kernel.add(this.#counts, 1, this.#time);
      const window = this.#window;
      this.#window = undefined;
      if (window !== undefined) return window;
    }
  }

  #sample(): void {
    const { voltageBias, currentBias } = this.#hardware;
    const sine = Math.sin(2 * Math.PI * this.#cycle);
    const cosine = Math.cos(2 * Math.PI * this.#cycle);
    for (let p = 0; p < this.#waves.phases.length; p++) {
      const wave = this.#waves.phases[p] as PhaseWaves;
      this.#counts[2 * p] = this.#convert(voltageBias + wave.vSine * sine - wave.vCosine * cosine);
      this.#counts[2 * p + 1] = this.#convert(currentBias + wave.iSine * sine - wave.iCosine * cosine);
    }
    this.#cycle += this.#waves.step;
    this.#cycle -= Math.floor(this.#cycle);
  }

  #convert(level: number): number {
    const { bits, noise } = this.#hardware;
    const code = Math.round(level + noise * this.#prng.gaussian());
    const top = 2 ** bits - 1;
    if (code >= 0 && code <= top) return code;
    this.#saturated = true;
    return code < 0 ? 0 : top;
  }
}
