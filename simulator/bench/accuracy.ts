import {
  type AnalogHardware,
  forVoltage,
  TYPICAL_ESP32_FRONT_END,
  TYPICAL_THREE_PHASE_FRONT_END,
} from '../../hosts/mock/analog/hardware';
import { sinusoidal } from '../../hosts/mock/analog/load';
import type { Mains } from '../../hosts/mock/analog/mains';
import { runNoLoad } from './accuracy-no-load';
import {
  type AccuracyPoint,
  type AccuracyTest,
  influenceTests,
  intrinsicTests,
  singleLoadTests,
  threePhaseInfluenceTests,
} from './accuracy-points';
import { AccuracyRig } from './accuracy-rig';
import type { BenchRow, Effort } from './row';

/** What the class allows is this many times the aim. */
const ERROR_MARGIN = 5;
const CHANGE_MARGIN = 2;
/** A (IEC 62053-21 table 15): 0.004 Ib */
const STARTING_CURRENT = 0.04;
/** s within which a starting meter is to have registered most of what was drawn */
const STARTING_TIME = 600;
/** s that a load is measured for */
const LEAST_TIME = 10;
const LONGEST_TIME = 600;
/** Standard errors, by the noise of the windows, that the aim is wide */
const RESOLUTION = 8;
/** Windows of the no-load gate's average, as independent ones */
const GATE_WINDOWS = 127;

interface MeterUnderTest {
  readonly hardware: AnalogHardware;
  /** V */
  readonly volts: number;
  /** Hz */
  readonly frequency: number;
}

const METERS: readonly MeterUnderTest[] = [
  { hardware: TYPICAL_ESP32_FRONT_END, volts: 230, frequency: 50 },
  { hardware: TYPICAL_THREE_PHASE_FRONT_END, volts: 230, frequency: 50 },
  { hardware: TYPICAL_ESP32_FRONT_END, volts: 120, frequency: 60 },
  { hardware: TYPICAL_THREE_PHASE_FRONT_END, volts: 120, frequency: 60 },
];

/**
 * The accuracy table of IEC 62053-21, class 1, for a meter 10 (60) A: error by error the worst of a row's points with its
 * sign, on a typical front end that was calibrated as `m3ter calibrate` does.
 */
export function* benchAccuracy({
  accuracyMeters,
  accuracyStride,
  noLoadDays,
}: Effort): Generator<BenchRow, void, void> {
  for (const { hardware, volts, frequency } of METERS.slice(0, accuracyMeters)) {
    const system = `${hardware.phases === 3 ? '3 × ' : ''}${volts} V`;
    const rig = new AccuracyRig(forVoltage(hardware, volts), volts, frequency, `accuracy ${system}`);
    const bench = new AccuracyBench(rig, system, accuracyStride);
    yield* bench.errors();
    yield* bench.influences();
    yield* bench.thresholds(noLoadDays);
  }
}

class AccuracyBench {
  readonly #rig: AccuracyRig;
  readonly #system: string;
  readonly #stride: number;
  /** W, standard deviation of a window's power */
  readonly #noise: number;
  /** %, by the point's name */
  readonly #errors = new Map<string, number>();

  /** @param stride takes each so many-th point of a row, beginning with the first */
  constructor(rig: AccuracyRig, system: string, stride: number) {
    this.#rig = rig;
    this.#system = system;
    this.#stride = stride;
    this.#noise = runNoLoad(rig, 0.01, 'noise').deviation;
  }

  *errors(): Generator<BenchRow, void, void> {
    const rig = this.#rig;
    const tests = [...intrinsicTests(rig), ...(this.#isThreePhase() ? singleLoadTests(rig) : [])];
    for (const test of tests) yield this.#row(test, ERROR_MARGIN);
  }

  *influences(): Generator<BenchRow, void, void> {
    const rig = this.#rig;
    const tests = [...influenceTests(rig), ...(this.#isThreePhase() ? threePhaseInfluenceTests(rig) : [])];
    for (const test of tests) yield this.#row(test, CHANGE_MARGIN);
  }

  /** From which power on something is registered, and below which nothing is. */
  thresholds(noLoadDays: number): BenchRow[] {
    const rig = this.#rig;
    const load = sinusoidal(STARTING_CURRENT);
    const mains = rig.symmetric(1, [load, load, load]);
    const { imported, time } = rig.measure(mains, 'starting', STARTING_TIME);
    const drawn = (rig.powerOf(mains) * time) / 3.6;
    const idle = runNoLoad(rig, noLoadDays, `no load ${this.#system}`);
    const phases = rig.hardware.phases;
    const deviation = idle.deviation / Math.sqrt(phases * GATE_WINDOWS);
    const threshold = rig.calibrations[0]?.noLoadWatts ?? 0;
    return [
      {
        name: `${this.#system}, 0.004 Ib, share registered`,
        value: (100 * imported) / drawn,
        unit: '%',
        budget: { atLeast: 90 },
      },
      {
        name: `${this.#system}, ${noLoadDays} days without load`,
        value: idle.registered,
        unit: 'mWh',
        budget: { atMost: 0 },
      },
      {
        name: `${this.#system}, no-load threshold`,
        value: (threshold - Math.abs(idle.mean) / phases) / deviation,
        unit: 'σ of its noise',
        budget: { atLeast: 6 },
      },
    ];
  }

  #isThreePhase(): boolean {
    return this.#rig.hardware.phases === 3;
  }

  #row({ name, limit, points }: AccuracyTest, margin: number): BenchRow {
    const aim = limit / margin;
    const values = points
      .filter((_, k) => k % this.#stride === 0)
      .map(point => this.#error(point, aim) - this.#referenceError(point, aim));
    const value = values.reduce((worst, each) => (Math.abs(each) > Math.abs(worst) ? each : worst));
    return { name: `${this.#system}, ${name}`, value, unit: '%', budget: { atMost: aim }, limit };
  }

  #referenceError({ reference }: AccuracyPoint, aim: number): number {
    return reference === undefined ? 0 : this.#error(reference, aim);
  }

  /** %. A load is measured once, and for as long as its noise takes to be small against the aim. */
  #error({ name, mains }: { readonly name: string; readonly mains: Mains }, aim: number): number {
    const known = this.#errors.get(name);
    if (known !== undefined) return known;
    const { measured } = this.#rig.measure(mains, name, this.#timeFor(mains, aim));
    const error = 100 * (measured / this.#rig.powerOf(mains) - 1);
    this.#errors.set(name, error);
    return error;
  }

  #timeFor(mains: Mains, aim: number): number {
    const resolved = ((aim / 100) * this.#rig.powerOf(mains)) / RESOLUTION;
    const windows = (this.#noise / resolved) ** 2;
    return Math.min(LONGEST_TIME, Math.max(LEAST_TIME, 0.2 * windows));
  }
}
