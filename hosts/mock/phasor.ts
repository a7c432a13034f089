import type { Window } from '../../firmware/host';
import { DEFAULT_HYSTERESIS, LONGEST_WINDOW, SHORTEST_WINDOW } from '../../firmware/metrology/kernel';
import type { FrontEnd, FrontEndHardware, World } from './front-end';
import { type PhaseWaves, Waves } from './front-end-waves';
import { NoiseSums, PhasorSummer, Stretch } from './phasor-sums';
import type { Prng } from './prng';

/** counts², of rounding to whole counts */
const QUANTISATION = 1 / 12;

/**
 * The simulated front end in closed form: the windows that `WaveformFrontEnd` gives, without their samples.
 * Rounding counts as noise, and the noise of the samples beside a window's edges is left out.
 */
export class PhasorFrontEnd implements FrontEnd {
  readonly #hardware: FrontEndHardware;
  readonly #prng: Prng;
  readonly #waves: Waves;
  readonly #summers: readonly PhasorSummer[];
  readonly #stretch = new Stretch();
  readonly #onV = new NoiseSums();
  readonly #onI = new NoiseSums();
  /** counts², of each sample */
  readonly #variance: number;
  #saturated = false;
  /** µs, of the last sample set */
  #time: number;
  /** Sample sets in the window so far */
  #rows = 0;
  /** Cycles of phase 1's voltage from where the window's first cycle began to the next sample set */
  #cycle = 0;
  /** µs; undefined when the window did not begin at a crossing */
  #cyclesStart: number | undefined;

  /** @param startTime whole µs: when sampling begins, one sample period before the first sample set */
  constructor(hardware: FrontEndHardware, prng: Prng, startTime: number) {
    this.#hardware = hardware;
    this.#prng = prng;
    this.#waves = new Waves(hardware);
    this.#summers = this.#waves.phases.map(
      () => new PhasorSummer(hardware.voltageBias, hardware.currentBias),
    );
    this.#variance = hardware.noise ** 2 + QUANTISATION;
    this.#time = startTime;
  }

  get saturated(): boolean {
    return this.#saturated;
  }

  next(world: World): Window {
    const { samplePeriod } = this.#hardware;
    this.#saturated = false;
    for (;;) {
      const line = world(this.#time + samplePeriod);
      this.#waves.follow(line);
      if (this.#waves.saturates) this.#saturated = true;
      const toChange = Math.max(1, Math.ceil((line.until - this.#time) / samplePeriod) - 1);
      const toLimit = Math.ceil(LONGEST_WINDOW / samplePeriod) - this.#rows;
      const toCrossing = this.#rowsToCrossing();
      this.#advance(Math.min(toChange, toLimit, toCrossing));
      if (toCrossing <= toChange && toCrossing <= toLimit) return this.#endAtCrossing();
      if (toLimit <= toChange) return this.#endAtLimit();
    }
  }

  /** Sample sets before the one that crosses and so ends the window. */
  #rowsToCrossing(): number {
    const { step, amplitude } = this.#waves;
    if (amplitude <= DEFAULT_HYSTERESIS) return Number.POSITIVE_INFINITY;
    const youngest =
      this.#cyclesStart === undefined ? 1 : Math.ceil(SHORTEST_WINDOW / this.#hardware.samplePeriod);
    const least = Math.max(0, youngest - this.#rows);
    const target = Math.floor(this.#cycle + (least - 1) * step) + 1;
    return Math.max(least, Math.ceil((target - this.#cycle) / step));
  }

  #advance(rows: number): void {
    if (rows === 0) return;
    const { phases, step } = this.#waves;
    this.#stretch.set(rows, 2 * Math.PI * this.#cycle, 2 * Math.PI * step);
    for (let p = 0; p < phases.length; p++) {
      const wave = phases[p] as PhaseWaves;
      const summer = this.#summers[p] as PhasorSummer;
      summer.add(wave, this.#stretch);
      this.#draw(this.#onV, rows);
      this.#draw(this.#onI, rows);
      summer.disturb(wave, this.#stretch, this.#variance, this.#onV, this.#onI);
    }
    this.#time += rows * this.#hardware.samplePeriod;
    this.#rows += rows;
    this.#cycle += rows * step;
  }

  #draw(noise: NoiseSums, rows: number): void {
    const deviation = Math.sqrt(rows * this.#variance);
    noise.plain = deviation * this.#prng.gaussian();
    noise.sine = deviation * Math.SQRT1_2 * this.#prng.gaussian();
    noise.cosine = deviation * Math.SQRT1_2 * this.#prng.gaussian();
  }

  #endAtCrossing(): Window {
    const { samplePeriod } = this.#hardware;
    const { step, amplitude } = this.#waves;
    const cycles = Math.round(this.#cycle - step / 2);
    this.#cycle -= cycles;
    // Interpolating between two noisy samples leaves on average 2/3 of the variance of one.
    const jitter = Math.sqrt((2 / 3) * this.#variance) / (2 * Math.PI * amplitude);
    const late = (this.#cycle + jitter * this.#prng.gaussian()) / step;
    const crossing = Math.floor(this.#time + samplePeriod * (1 - late));
    const start = this.#cyclesStart;
    this.#cyclesStart = crossing;
    return start === undefined ? this.#end(0, 0) : this.#end(cycles, crossing - start);
  }

  #endAtLimit(): Window {
    this.#cycle -= Math.floor(this.#cycle);
    this.#cyclesStart = undefined;
    return this.#end(0, 0);
  }

  #end(cycles: number, cycleSpan: number): Window {
    const samples = this.#rows;
    this.#rows = 0;
    const phases = this.#summers.map(summer => summer.take());
    return { phases, samples, cycles, duration: samples * this.#hardware.samplePeriod, cycleSpan };
  }
}
