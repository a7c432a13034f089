import test from 'ava';
import type { Window } from '../../../firmware/host';
import type { PhaseCalibration } from '../../../firmware/metrology/calibration';
import { Kernel } from '../../../firmware/metrology/kernel';
import { Metrology } from '../../../firmware/metrology/metrology';
import { AnalogFrontEnd } from '../../../hosts/mock/analog/analog-front-end';
import { TYPICAL_ESP32_FRONT_END } from '../../../hosts/mock/analog/hardware';
import { sinusoidal } from '../../../hosts/mock/analog/load';
import { symmetric } from '../../../hosts/mock/analog/mains';
import { Prng } from '../../../hosts/mock/prng';
import { fitCalibration, USUAL_METER } from '../../../simulator/calibration-fit';

interface Reading {
  readonly volts: number;
  readonly amps: number;
  readonly watts: number;
}

interface EmonConstants {
  readonly voltage: number;
  readonly current: number;
  readonly phase: number;
}

/** The offset filter forgets 1/1024 of what it knows with each sample. */
const OFFSET_SHARE = 1 / 1024;
/** Ends of the band, as shares of the range, in which the voltage must be for a reading to begin. */
const BEGIN = [0.45, 0.55] as const;
/** Half-cycles of a reading, as its documentation's example has it. */
const CROSSINGS = 20;

/**
 * EmonLib's algorithm for voltage, current and real power, from OpenEnergyMonitor's documentation: an offset that follows
 * the samples is taken off, the voltage is shifted on a straight line through the last two samples, and squares and
 * products are averaged over a number of half-cycles.
 */
class Emon {
  readonly #constants: EmonConstants;
  #offsetV = 2048;
  #offsetI = 2048;
  #filteredV = 0;
  #start: number | undefined;
  #wasAbove = false;
  #crossings = 0;
  #samples = 0;
  #squareV = 0;
  #squareI = 0;
  #product = 0;

  constructor(constants: EmonConstants) {
    this.#constants = constants;
  }

  /** A reading when one is complete with this pair of samples. */
  take(v: number, i: number): Reading | undefined {
    if (this.#start === undefined) {
      if (v > 4096 * BEGIN[0] && v < 4096 * BEGIN[1]) this.#begin(v);
      return undefined;
    }
    const last = this.#filteredV;
    this.#offsetV += (v - this.#offsetV) * OFFSET_SHARE;
    this.#offsetI += (i - this.#offsetI) * OFFSET_SHARE;
    const filteredV = v - this.#offsetV;
    const filteredI = i - this.#offsetI;
    this.#filteredV = filteredV;
    this.#squareV += filteredV ** 2;
    this.#squareI += filteredI ** 2;
    this.#product += (last + this.#constants.phase * (filteredV - last)) * filteredI;
    const isAbove = v > this.#start;
    if (this.#samples++ > 0 && isAbove !== this.#wasAbove) this.#crossings++;
    this.#wasAbove = isAbove;
    return this.#crossings < CROSSINGS ? undefined : this.#end();
  }

  #begin(v: number): void {
    this.#start = v;
    this.#crossings = this.#samples = 0;
    this.#squareV = this.#squareI = this.#product = 0;
  }

  #end(): Reading {
    this.#start = undefined;
    const { voltage, current } = this.#constants;
    return {
      volts: voltage * Math.sqrt(this.#squareV / this.#samples),
      amps: current * Math.sqrt(this.#squareI / this.#samples),
      watts: (voltage * current * this.#product) / this.#samples,
    };
  }
}

const UN = 230;
const BLOCK = 64;
/** µs until transformers and EmonLib's filter have settled */
const SETTLING = 3e6;
const DEGREE = Math.PI / 180;

interface Load {
  readonly volts: number;
  readonly amps: number;
  /** Degrees by which the current follows the voltage */
  readonly lag: number;
}

interface Comparison {
  readonly emon: readonly Reading[];
  readonly windows: readonly Window[];
}

/** What EmonLib reads of a load, and what our kernel makes of the very same samples. */
function sample(load: Load, seconds: number, constants: EmonConstants): Comparison {
  const { volts, amps, lag } = load;
  const mains = symmetric(volts, 50, [sinusoidal(amps, lag)]);
  const frontEnd = new AnalogFrontEnd(TYPICAL_ESP32_FRONT_END, new Prng(`${volts} ${amps} ${lag}`), mains);
  const meter = new Emon(constants);
  const emon: Reading[] = [];
  const windows: Window[] = [];
  const kernel = new Kernel({ phases: 1, startTime: 0 }, window => {
    if (frontEnd.time > SETTLING) windows.push(window);
  });
  const block = new Uint16Array(2 * BLOCK);
  while (frontEnd.time < seconds * 1e6 + SETTLING) {
    kernel.add(block, BLOCK, frontEnd.fill(block, BLOCK));
    for (let at = 0; at < block.length; at += 2) {
      const reading = meter.take(block[at] as number, block[at + 1] as number);
      if (reading !== undefined && frontEnd.time > SETTLING) emon.push(reading);
    }
  }
  return { emon, windows };
}

const UNCALIBRATED: EmonConstants = { voltage: 1, current: 1, phase: 1 };

/** One point for the gains; PHASECAL with a resistive load, so that its power factor reads 1. */
function calibratedEmon(): EmonConstants {
  const load: Load = { volts: UN, amps: 10, lag: 0 };
  const raw = meanOf(sample(load, 20, UNCALIBRATED).emon);
  const gains = { voltage: load.volts / raw.volts, current: load.amps / raw.amps };
  const powerFactor = (phase: number) => {
    const { volts, amps, watts } = meanOf(sample(load, 5, { ...gains, phase }).emon);
    return watts / (volts * amps);
  };
  // What it reads is linear in PHASECAL.
  const [none, one] = [powerFactor(0), powerFactor(1)];
  return { ...gains, phase: (1 - none) / (one - none) };
}

/** Ours, likewise by resistive loads. */
function calibratedMetrology(): PhaseCalibration {
  const points = [0, 0.5, 1, 2, 5, 10, 20, 40, 60].map(amps => {
    const { windows } = sample({ volts: UN, amps, lag: 0 }, 60, UNCALIBRATED);
    return { name: `${amps} A`, phase: 0, windows, reference: { volts: UN, amps } };
  });
  const skewMicroseconds = TYPICAL_ESP32_FRONT_END.conversionInterval;
  const fit = fitCalibration(points, { ...USUAL_METER, skewMicroseconds });
  if (!fit.ok) throw new Error(fit.fault);
  return fit.value.calibration;
}

function readingsOf(windows: readonly Window[]): Reading[] {
  const metrology = new Metrology([CALIBRATION]);
  return windows.flatMap(window =>
    metrology.take(window).phases.map(({ voltage, current, activePower }) => {
      return { volts: voltage, amps: current, watts: activePower };
    }),
  );
}

function meanOf(readings: readonly Reading[]): Reading {
  const mean = (key: keyof Reading) =>
    readings.reduce((sum, reading) => sum + reading[key], 0) / readings.length;
  return { volts: mean('volts'), amps: mean('amps'), watts: mean('watts') };
}

function truthOf({ volts, amps, lag }: Load): Reading {
  return { volts, amps, watts: volts * amps * Math.cos(lag * DEGREE) };
}

/** % */
function errorOf(reading: Reading, load: Load, key: keyof Reading): number {
  return 100 * Math.abs(reading[key] / truthOf(load)[key] - 1);
}

const CALIBRATION = calibratedMetrology();
const EMON = calibratedEmon();
const LOADS: readonly Load[] = [207, UN, 253].flatMap(volts =>
  [0.5, 2, 10, 60].flatMap(amps => [0, 60, -36.87].map(lag => ({ volts, amps, lag }))),
);
const COMPARISONS = LOADS.map(load => {
  const { emon, windows } = sample(load, load.amps < 1 ? 40 : 10, EMON);
  return { load, emon, ours: readingsOf(windows) };
});

for (const key of ['watts', 'amps'] as const)
  test(`on the same samples the mean of EmonLib's ${key} errs at least three times as much as ours`, t => {
    const worst = (of: 'emon' | 'ours') =>
      Math.max(...COMPARISONS.map(each => errorOf(meanOf(each[of]), each.load, key)));
    t.true(worst('emon') >= 3 * worst('ours'), `${worst('emon')} % and ${worst('ours')} %`);
    t.true(worst('ours') < 0.5, `${worst('ours')} %`);
  });

test("on the same samples the worst of EmonLib's readings of volts errs at least three times as much as ours", t => {
  // Its mean is as good as ours: both are the root of the mean square. It is the noise at its crossings that misleads it.
  const worst = (of: 'emon' | 'ours') =>
    Math.max(
      ...COMPARISONS.map(each => Math.max(...each[of].map(reading => errorOf(reading, each.load, 'volts')))),
    );
  t.true(worst('emon') >= 3 * worst('ours'), `${worst('emon')} % and ${worst('ours')} %`);
  t.true(worst('ours') < 0.2, `${worst('ours')} %`);
});
