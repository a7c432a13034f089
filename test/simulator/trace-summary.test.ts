import test from 'ava';
import fc from 'fast-check';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { Prng } from '../../hosts/mock/prng';
import { TraceReader } from '../../hosts/mock/trace';
import { TraceSummary } from '../../simulator/trace-summary';

/** µs */
const PERIOD = 250;
const CALIBRATION: PhaseCalibration = {
  voltsPerCount: 0.22,
  ampsPerCount: 0.03,
  phaseDegrees: 2,
  skewMicroseconds: 30,
  noLoadWatts: 4,
  noiseAmps: 0.09,
  byCurrent: [
    { amps: 1, gain: 1.004, phaseDegrees: 0.5 },
    { amps: 10, gain: 1, phaseDegrees: 0 },
    { amps: 40, gain: 0.998, phaseDegrees: -0.3 },
  ],
};

interface Load {
  readonly seed: number;
  readonly hertz: number;
  /** A, RMS; 0 for none */
  readonly amps: number;
  /** rad */
  readonly lag: number;
  /** Of the current, with a third harmonic */
  readonly distortion: number;
  /** Sample sets */
  readonly rows: number;
}

const load: fc.Arbitrary<Load> = fc.record({
  seed: fc.nat(),
  hertz: fc.double({ min: 45, max: 65, noNaN: true }),
  amps: fc.oneof(fc.constant(0), fc.double({ min: 0.5, max: 40, noNaN: true })),
  lag: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
  distortion: fc.double({ min: 0, max: 0.5, noNaN: true }),
  rows: fc.integer({ min: 4000, max: 12_000 }),
});

function rowsOf({ seed, hertz, amps, lag, distortion, rows }: Load): string[] {
  const prng = new Prng(seed);
  return Array.from({ length: rows }, (_, k) => {
    const angle = 2 * Math.PI * hertz * PERIOD * 1e-6 * k;
    const v = (230 * Math.SQRT2 * Math.sin(angle)) / CALIBRATION.voltsPerCount;
    const wave = Math.sin(angle - lag) + distortion * Math.sin(3 * (angle - lag));
    const i = (amps * Math.SQRT2 * wave) / CALIBRATION.ampsPerCount;
    const convert = (level: number) =>
      Math.min(4095, Math.max(0, Math.round(2040 + level + 3 * prng.gaussian())));
    return `${k * PERIOD},${convert(v)},${convert(i)}`;
  });
}

/** mWh, imported less exported, with what has not made a whole one yet */
function energyOf(rows: readonly string[], calibration = CALIBRATION): number {
  const summary = new TraceSummary([calibration]);
  const reader = new TraceReader(window => summary.add(window));
  reader.write(rows.join('\n'));
  reader.end();
  const totals = summary.finish(reader.duration);
  if (totals === undefined) throw new Error('expected windows');
  const [{ activePower } = { activePower: Number.NaN }] = totals.phases;
  return (activePower * totals.seconds) / 3.6;
}

test('the energy of a recording is that of its two parts, wherever it is cut, to the mWh', t => {
  fc.assert(
    fc.property(load, fc.double({ min: 0.3, max: 0.7, noNaN: true }), (one, share) => {
      const rows = rowsOf(one);
      const cut = Math.round(share * rows.length);
      // The part behind goes on where the one before ends: between them no time is lost.
      const parts = energyOf(rows.slice(0, cut)) + energyOf(rows.slice(cut - 1));
      const whole = energyOf(rows);
      if (Math.abs(parts - whole) > 1) throw new Error(`${parts} mWh, not ${whole}`);
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('what lies before the first whole cycles and behind the last counts: half a second is half a second', t => {
  const rows = rowsOf({ seed: 1, hertz: 50, amps: 20, lag: 0, distortion: 0, rows: 2001 });
  const plain = { ...CALIBRATION, phaseDegrees: 0, skewMicroseconds: 0, byCurrent: [] };
  t.true(Math.abs(energyOf(rows, plain) - (4600 * 0.5) / 3.6) <= 1.5, `${energyOf(rows, plain)}`);
});

test('a recording of no load is no energy, and one of a little load is', t => {
  const one = { seed: 2, hertz: 50, lag: 0, distortion: 0, rows: 8001 };
  t.is(energyOf(rowsOf({ ...one, amps: 0 })), 0);
  const little = energyOf(rowsOf({ ...one, amps: 0.04 }));
  t.true(little > 0, `${little}`);
});
