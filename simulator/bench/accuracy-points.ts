import {
  type Harmonic,
  halfWave,
  inBursts,
  type Load,
  phaseFired,
  sinusoidal,
} from '../../hosts/mock/analog/load';
import type { Mains } from '../../hosts/mock/analog/mains';
import type { AccuracyRig } from './accuracy-rig';

/** A row of the standard's tables, and the loads that stand for it: both ends of its range, and some between. */
export interface AccuracyTest {
  readonly name: string;
  /** %, of either sign: greatest error, or change by an influence, that IEC 62053-21 allows a meter of class 1 */
  readonly limit: number;
  readonly points: readonly AccuracyPoint[];
}

export interface AccuracyPoint {
  readonly name: string;
  readonly mains: Mains;
  /** The same load without the influence, when it is the change that is judged */
  readonly reference?: { readonly name: string; readonly mains: Mains };
}

/** A: the currents of a meter 10 (60) A */
const BASIC = 10;
const LARGEST = 60;
/** Degrees by which the current follows the voltage. Power factors of 0.5 and 0.25 inductive, 0.5 and 0.8 capacitive */
const LAG = { '0.5 ind': 60, '0.25 ind': 75.522, '0.5 cap': -60, '0.8 cap': -36.87 } as const;
type PowerFactor = 'PF 1' | keyof typeof LAG;
const FROM_TENTH = [1, 1.6, 3, 7, 10, 14, 30, 50, LARGEST];
const FROM_FIFTH = [2, 3.2, 7, 10, 15, 30, 50, LARGEST];
/** Where influences are judged: 0.1 or 0.2 Ib, Ib, Imax */
const INFLUENCED = { 'PF 1': [1, BASIC, LARGEST], '0.5 ind': [2, BASIC, LARGEST] } as const;

/** IEC 62053-21 table 6: intrinsic errors of a meter with one phase, or with a balanced load. */
export function intrinsicTests(rig: AccuracyRig): readonly AccuracyTest[] {
  const test = (limit: number, factor: PowerFactor, range: string, currents: readonly number[]) => ({
    name: `${factor}, ${range}`,
    limit,
    points: currents.map(amps => point(rig, factor, amps)),
  });
  const belowFifth = [1, 1.4, 1.99];
  const uptoBasic = [2, 5, BASIC];
  return [
    test(1.5, 'PF 1', '0.05 to 0.1 Ib', [0.5, 0.7, 0.99]),
    test(1, 'PF 1', '0.1 Ib to Imax', FROM_TENTH),
    test(1.5, '0.5 ind', '0.1 to 0.2 Ib', belowFifth),
    test(1.5, '0.8 cap', '0.1 to 0.2 Ib', belowFifth),
    test(1, '0.5 ind', '0.2 Ib to Imax', FROM_FIFTH),
    test(1, '0.8 cap', '0.2 Ib to Imax', FROM_FIFTH),
    test(3.5, '0.25 ind', '0.2 to 1 Ib', uptoBasic),
    test(2.5, '0.5 cap', '0.2 to 1 Ib', uptoBasic),
  ];
}

/** IEC 62053-21 table 7: one phase of three is loaded, each in turn. */
export function singleLoadTests(rig: AccuracyRig): readonly AccuracyTest[] {
  const test = (factor: PowerFactor, range: string, currents: readonly number[]) => ({
    name: `one phase, ${factor}, ${range}`,
    limit: 2,
    points: currents.flatMap(amps => [0, 1, 2].map(loaded => point(rig, factor, amps, [loaded]))),
  });
  return [
    test('PF 1', '0.1 Ib to Imax', [1, 3, BASIC, LARGEST]),
    test('0.5 ind', '0.2 Ib to Imax', [2, 5, BASIC, LARGEST]),
  ];
}

/** IEC 62053-21 table 8: influence quantities of any meter. */
export function influenceTests(rig: AccuracyRig): readonly AccuracyTest[] {
  return [...steadyInfluences(rig), ...waveformInfluences(rig)];
}

function steadyInfluences(rig: AccuracyRig): readonly AccuracyTest[] {
  const test = (
    name: string,
    limit: number,
    factor: keyof typeof INFLUENCED,
    influences: readonly ((mains: Mains) => Mains)[],
  ) => ({
    name: `${name}, ${factor}`,
    limit,
    points: INFLUENCED[factor].flatMap(amps =>
      influences.map((influence, k) => {
        const reference = point(rig, factor, amps);
        return { name: `${name} ${k} ${reference.name}`, mains: influence(reference.mains), reference };
      }),
    ),
  });
  const voltage = [atVoltage(0.9), atVoltage(1.1)];
  const frequency = [atFrequency(0.98), atFrequency(1.02)];
  return [
    test('voltage ±10 %', 0.7, 'PF 1', voltage),
    test('voltage ±10 %', 1, '0.5 ind', voltage),
    test('frequency ±2 %', 0.5, 'PF 1', frequency),
    test('frequency ±2 %', 0.7, '0.5 ind', frequency),
  ];
}

/** Each against a sine of the same current. */
function waveformInfluences(rig: AccuracyRig): readonly AccuracyTest[] {
  const test = (name: string, limit: number, amps: number, mains: Mains) => ({
    name,
    limit,
    points: [{ name, mains, reference: point(rig, 'PF 1', amps) }],
  });
  const fifth = { order: 5, degrees: 0 };
  const withFifth = (ratio: number): readonly Harmonic[] => [{ ...fifth, ratio }];
  const loaded = (load: Load) => rig.symmetric(1, [load, load, load]);
  const distorted = loaded(sinusoidal(LARGEST / 2, 0, withFifth(0.4)));
  const phases = distorted.phases.map(phase => ({ ...phase, harmonics: withFifth(0.1) }));
  // RMS as the standard has it, of sines that are cut to half their square, or that flow half of the time.
  const half = (BASIC / 2) * Math.SQRT2;
  return [
    test('5th harmonic', 0.8, LARGEST / 2, { ...distorted, phases }),
    test('half-wave rectified', 3, LARGEST / Math.SQRT2, loaded(halfWave(LARGEST))),
    test('fired at 90°', 3, BASIC / 2, loaded(phaseFired(half, 90))),
    test('bursts, 2 cycles of 4', 3, BASIC / 2, loaded(inBursts(sinusoidal(half), 2, 2))),
  ];
}

/** IEC 62053-21 table 8: influence quantities of a meter with three phases. */
export function threePhaseInfluenceTests(rig: AccuracyRig): readonly AccuracyTest[] {
  const absent = (...indices: number[]): AccuracyPoint => {
    const reference = point(rig, 'PF 1', BASIC);
    const phases = reference.mains.phases.map((phase, p) =>
      indices.includes(p) ? { ...phase, volts: 0, load: sinusoidal(0) } : phase,
    );
    return { name: `without ${indices}`, mains: { ...reference.mains, phases }, reference };
  };
  const load = sinusoidal(BASIC / 10);
  const reversed = {
    name: 'reversed',
    mains: rig.symmetric(1, [load, load, load], 'reversed'),
    reference: point(rig, 'PF 1', BASIC / 10),
  };
  return [
    { name: 'phase sequence reversed', limit: 1.5, points: [reversed] },
    {
      name: 'one or two phases absent',
      limit: 2,
      points: [absent(0), absent(1), absent(2), absent(0, 1), absent(1, 2), absent(0, 2)],
    },
  ];
}

/** @param loaded indices of the phases with a load. Default: all */
function point(rig: AccuracyRig, factor: PowerFactor, amps: number, loaded = [0, 1, 2]): AccuracyPoint {
  const load = sinusoidal(amps, factor === 'PF 1' ? 0 : LAG[factor]);
  const loads = [0, 1, 2].map(p => (loaded.includes(p) ? load : sinusoidal(0)));
  return { name: `${factor} ${amps} A ${loaded}`, mains: rig.symmetric(1, loads) };
}

function atVoltage(ofNominal: number): (mains: Mains) => Mains {
  return mains => ({
    ...mains,
    phases: mains.phases.map(phase => ({ ...phase, volts: phase.volts * ofNominal })),
  });
}

function atFrequency(ofNominal: number): (mains: Mains) => Mains {
  return mains => ({ ...mains, frequency: mains.frequency * ofNominal });
}
