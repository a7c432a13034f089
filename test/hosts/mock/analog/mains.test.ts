import test from 'ava';
import { sinusoidal } from '../../../../hosts/mock/analog/load';
import { type Mains, symmetric, withoutNeutral } from '../../../../hosts/mock/analog/mains';
import { PhaseCycle } from '../../../../hosts/mock/analog/phase-cycle';

const LOADS = [sinusoidal(1), sinusoidal(2), sinusoidal(3)];
const anglesOf = ({ phases }: Mains) => phases.map(({ degrees }) => Math.round(degrees) + 0);
const voltsOf = ({ phases }: Mains) => phases.map(({ volts }) => volts);

test('phases follow each other by 120°, the other way around when the sequence is reversed', t => {
  t.deepEqual(anglesOf(symmetric(230, 50, LOADS)), [0, 120, 240]);
  t.deepEqual(anglesOf(symmetric(230, 50, LOADS, 'reversed')), [0, -120, -240]);
  t.deepEqual(anglesOf(symmetric(230, 50, LOADS.slice(0, 1))), [0]);
});

test('without a neutral equal loads keep the star point, and nothing changes', t => {
  const load = { amps: 5, lag: 30 };
  const mains = withoutNeutral(230, 50, [load, load, load]);
  t.true(voltsOf(mains).every(volts => Math.abs(volts - 230) < 1e-9));
  t.deepEqual(anglesOf(mains), [0, 120, -120]);
});

test('without a neutral unequal loads shift the star point: the currents still add up to nothing', t => {
  const impedances = [
    { amps: 10, lag: 0 },
    { amps: 2, lag: 0 },
    { amps: 5, lag: 60 },
  ];
  const mains = withoutNeutral(230, 50, impedances);
  const cycles = mains.phases.map(phase => new PhaseCycle(phase, { conductance: 0, susceptance: 0 }));
  const [heavy = 0, light = 0] = voltsOf(mains);
  t.true(heavy < 200 && light > 260, `${voltsOf(mains)}`);
  for (let k = 0; k < 2048; k += 64) {
    const current = cycles.reduce((sum, { amps }) => sum + (amps[k] as number), 0);
    t.true(Math.abs(current) < 1e-9);
    // Between phases the voltage is what the grid makes it.
    const [l1, l2] = cycles.map(({ volts }) => volts[k] as number);
    const between = (l1 ?? 0) - (l2 ?? 0);
    t.true(
      Math.abs(between - Math.SQRT2 * 230 * Math.sqrt(3) * Math.sin((k / 1024 + 1 / 6) * Math.PI)) < 1e-6,
    );
  }
});

test('without a neutral a load alone has nothing to flow through, and no load at all is misuse', t => {
  const none = { amps: 0, lag: 0 };
  const alone = withoutNeutral(230, 50, [{ amps: 5, lag: 0 }, none, none]);
  t.true((voltsOf(alone)[0] ?? 1) < 1e-9);
  t.true(Math.abs((voltsOf(alone)[1] ?? 0) - 230 * Math.sqrt(3)) < 1e-9);
  t.throws(() => withoutNeutral(230, 50, [none, none, none]), {
    instanceOf: RangeError,
    message: /loads: expected at least one/,
  });
});
