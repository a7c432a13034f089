import test from 'ava';
import fc from 'fast-check';
import type { Measurement } from '../../../firmware/host';
import { EnergyAccumulator } from '../../../firmware/metrology/energy';

function measurement(duration: number, ...powers: number[]): Measurement {
  const phases = powers.map(activePower => ({
    voltage: 230,
    current: Math.abs(activePower) / 230,
    activePower,
    reactivePower: 0,
    apparentPower: Math.abs(activePower),
    powerFactor: 1,
  }));
  return { phases, frequency: 50, duration };
}

function totalOf(measurements: readonly Measurement[]) {
  const energy = new EnergyAccumulator();
  const total = { imported: 0, exported: 0 };
  for (const each of measurements) {
    const { imported, exported } = energy.accumulate(each);
    total.imported += imported;
    total.exported += exported;
  }
  return total;
}

const power = fc.oneof(
  fc.double({ min: -20_000, max: 20_000, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
);
const duration = fc.integer({ min: 1, max: 250_000 });
const series = fc.array(
  fc.tuple(duration, power, power, power).map(([d, ...p]) => measurement(d, ...p)),
  { maxLength: 200 },
);

test('nothing is lost: the whole mWh are the energy so far, rounded down once and not in each window', t => {
  t.deepEqual(totalOf(Array.from({ length: 5 * 3600 }, () => measurement(200_000, 0.9))), {
    imported: 900,
    exported: 0,
  });
});

test('half an hour at less than a watt is exported as such when it flows back', t => {
  t.deepEqual(totalOf(Array.from({ length: 5 * 1800 }, () => measurement(200_000, -0.5))), {
    imported: 0,
    exported: 250,
  });
});

test('import and export are the sums of what the phases together took and gave', t => {
  fc.assert(
    fc.property(series, measurements => {
      const exact = { imported: 0n, exported: 0n };
      for (const { phases, duration } of measurements) {
        const net = phases.reduce((sum, phase) => sum + phase.activePower, 0);
        const nanojoules = BigInt(Math.round(net * duration * 1000));
        if (nanojoules > 0n) exact.imported += nanojoules;
        else exact.exported -= nanojoules;
      }
      const total = totalOf(measurements);
      return (
        BigInt(total.imported) === exact.imported / 3_600_000_000n &&
        BigInt(total.exported) === exact.exported / 3_600_000_000n
      );
    }),
  );
  t.pass();
});

test('turning every power around swaps import and export', t => {
  fc.assert(
    fc.property(series, measurements => {
      const turned = measurements.map(({ duration, phases }) =>
        measurement(duration, ...phases.map(phase => -phase.activePower)),
      );
      const { imported, exported } = totalOf(measurements);
      t.deepEqual(totalOf(turned), { imported: exported, exported: imported });
    }),
  );
});

test('a power that is not a number or beyond all bounds adds nothing and spoils nothing', t => {
  const mad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300];
  const measurements = [...mad.map(value => measurement(200_000, value)), measurement(3_600_000_000, 1)];
  t.deepEqual(totalOf(measurements), { imported: 1000, exported: 0 });
});
