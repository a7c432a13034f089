import type { Capture, Window } from '../../firmware/host';
import { expectSets } from '../../firmware/metrology/capture-length';
import { LONGEST_CYCLE } from '../../firmware/metrology/cycle-meter';
import { DEFAULT_HYSTERESIS } from '../../firmware/metrology/kernel';
import { LONGEST_WINDOW, SHORTEST_WINDOW } from '../../firmware/metrology/window-length';
import type { FrontEnd, FrontEndHardware, World } from './front-end';
import { type PhaseWaves, Waves } from './front-end-waves';
import { NoiseSums, PhasorSummer, Stretch } from './phasor-sums';
import type { Prng } from './prng';

/** counts², of rounding to whole counts */
const QUANTISATION = 1 / 12;

/** By which a cycle may be longer or shorter than those before: else the kernel learns its length, and takes the next. */
const CYCLE_TOLERANCE = 1 / 8;

/**
 * The simulated front end in closed form: the windows that `WaveformFrontEnd` gives, without their samples.
 * Rounding counts as noise, and the noise of the samples beside a window's edges is left out. A capture
 * is made of the line as it is when the next window begins.
 */
export class PhasorFrontEnd implements FrontEnd {
  readonly #hardware: FrontEndHardware;
  readonly #prng: Prng;
  /** Of the captures, so that they change nothing else */
  readonly #capturePrng: Prng;
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
  /** µs; undefined when the window did not begin at a crossing whose cycle was measured */
  #cyclesStart: number | undefined;
  /** Mains has crossed, so that a cycle is under way. */
  #isLive = false;
  /** Cycles a sample set in those before; 0 when unknown */
  #learnedStep = 0;
  /** µs, and sample sets in the window, at the last crossing that might have ended it */
  #crossedAt = Number.NEGATIVE_INFINITY;
  #crossedRow = -1;
  /** The phase whose voltage is counted by */
  #reference = 0;
  /** Sample sets asked for; 0: none */
  #asked = 0;
  #capture: Capture | undefined;

  /** @param startTime whole µs: when sampling begins, one sample period before the first sample set */
  constructor(hardware: FrontEndHardware, prng: Prng, startTime: number) {
    this.#hardware = hardware;
    this.#prng = prng;
    this.#capturePrng = prng.fork('capture');
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

  capture(sets: number): void {
    expectSets(sets);
    this.#asked = sets;
    this.#capture = undefined;
  }

  takeCapture(): Capture | undefined {
    const capture = this.#capture;
    this.#capture = undefined;
    return capture;
  }

  next(world: World): Window {
    const { samplePeriod } = this.#hardware;
    this.#saturated = false;
    for (;;) {
      const line = world(this.#time + samplePeriod);
      this.#waves.follow(line);
      if (this.#asked > 0) this.#synthesise();
      if (this.#waves.saturates) this.#saturated = true;
      const toChange = Math.max(1, Math.ceil((line.until - this.#time) / samplePeriod) - 1);
      const toLimit = Math.ceil(LONGEST_WINDOW / samplePeriod) - this.#rows;
      const toCrossing = this.#rowsToCrossing();
      this.#advance(Math.min(toChange, toLimit, toCrossing));
      if (toCrossing <= toChange && toCrossing <= toLimit) {
        if (this.#cross()) return this.#endAtCrossing();
      } else if (toLimit <= toChange) return this.#endAtLimit();
    }
  }

  #synthesise(): void {
    const { phases, samplePeriod } = this.#hardware;
    const counts = new Uint16Array(2 * phases * this.#asked);
    for (let k = 0; k < this.#asked; k++)
      this.#waves.convert(counts, 2 * phases * k, this.#cycle + k * this.#waves.step, this.#capturePrng);
    this.#capture = { counts, samplePeriod };
    this.#asked = 0;
  }

  /** Cycles by which the reference follows phase 1 */
  get #turn(): number {
    return this.#reference / this.#hardware.phases;
  }

  /** Sample sets before the one that crosses and so ends the window. */
  #rowsToCrossing(): number {
    const { step, amplitude } = this.#waves;
    if (amplitude <= DEFAULT_HYSTERESIS) return Number.POSITIVE_INFINITY;
    const shortest = this.#cyclesStart === undefined ? 1 : SHORTEST_WINDOW / this.#hardware.samplePeriod;
    const youngest = Math.max(Math.ceil(shortest), this.#crossedRow + 1);
    const least = Math.max(0, youngest - this.#rows);
    const cycle = this.#cycle - this.#turn;
    const target = Math.floor(cycle + (least - 1) * step) + 1;
    return Math.max(least, Math.ceil((target - cycle) / step));
  }

  /** @returns whether the window ends here */
  #cross(): boolean {
    const { step } = this.#waves;
    const isMeasured = this.#isLive && Math.abs(this.#learnedStep - step) <= CYCLE_TOLERANCE * step;
    if (this.#isLive) this.#learnedStep = step;
    this.#isLive = true;
    this.#crossedAt = this.#time;
    this.#crossedRow = this.#rows;
    return isMeasured;
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
    const cycles = Math.round(this.#cycle - this.#turn - step / 2);
    this.#cycle -= cycles;
    // Of the phase of a sinusoid in noise, from all samples of a cycle: the Cramér-Rao bound.
    const jitter = Math.sqrt(2 * step * this.#variance) / (2 * Math.PI * amplitude);
    const late = (this.#cycle - this.#turn + jitter * this.#prng.gaussian()) / step;
    // The kernel measures where the middle of that cycle lies.
    const crossing = Math.floor(this.#time + samplePeriod * (1 - late - 0.5 / step));
    const start = this.#cyclesStart;
    this.#cyclesStart = crossing;
    return start === undefined ? this.#end(0, 0) : this.#end(cycles, crossing - start);
  }

  #endAtLimit(): Window {
    this.#cycle -= Math.floor(this.#cycle);
    if (this.#time - this.#crossedAt > LONGEST_CYCLE) {
      this.#isLive = false;
      this.#learnedStep = 0;
      this.#reference = (this.#reference + 1) % this.#hardware.phases;
    }
    this.#cyclesStart = undefined;
    return this.#end(0, 0);
  }

  #end(cycles: number, cycleSpan: number): Window {
    const samples = this.#rows;
    const duration = samples * this.#hardware.samplePeriod;
    this.#rows = 0;
    this.#crossedRow = -1;
    const phases = this.#summers.map(summer => summer.take());
    return { phases, samples, cycles, duration, cycleSpan, gap: 0 };
  }
}
