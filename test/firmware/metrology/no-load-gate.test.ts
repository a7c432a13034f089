import test from 'ava';
import fc from 'fast-check';
import type { PhaseMeasurement } from '../../../firmware/host';
import { NoLoadGate } from '../../../firmware/metrology/no-load-gate';
import { Prng } from '../../../hosts/mock/prng';

const THRESHOLD = 4.6;
/** W, RMS, of a window: what 4 counts of noise read like on the typical front end. */
const NOISE = 2.5;
const NOTHING: PhaseMeasurement = {
  voltage: 230,
  current: 0,
  activePower: 0,
  reactivePower: 0,
  apparentPower: 0,
  powerFactor: 1,
};

function drawing(activePower: number, reactivePower = 0): PhaseMeasurement {
  const apparentPower = Math.hypot(activePower, reactivePower);
  const current = apparentPower / 230;
  const powerFactor = apparentPower === 0 ? 1 : activePower / apparentPower;
  return { voltage: 230, current, activePower, reactivePower, apparentPower, powerFactor };
}

/** The active power that passes in each of so many windows, when they draw this on average and are as noisy. */
function passing(gate: NoLoadGate, windows: number, watts: number, prng: Prng): number[] {
  return Array.from({ length: windows }, () => {
    const measured = drawing(watts + NOISE * prng.gaussian(), NOISE * prng.gaussian());
    return gate.pass(measured).activePower;
  });
}

function sumOf(powers: readonly number[]): number {
  return powers.reduce((sum, power) => sum + power, 0);
}

test('noise that exceeds the threshold now and then is no load, ever', t => {
  t.true(passing(new NoLoadGate(THRESHOLD), 200_000, 0, new Prng('idle')).every(power => power === 0));
});

test('a load twice the threshold begins to count within a quarter of a minute, and then counts in every window', t => {
  const prng = new Prng('starting');
  const gate = new NoLoadGate(THRESHOLD);
  passing(gate, 75, 2 * THRESHOLD, prng);
  const powers = passing(gate, 20_000, 2 * THRESHOLD, prng);
  t.true(powers.every(power => power >= 0));
  t.true(Math.abs(sumOf(powers) / powers.length / (2 * THRESHOLD) - 1) < 0.02);
});

test('a large load counts from its first window on, and ends with its last, in either direction', t => {
  for (const watts of [1000, -1000]) {
    const gate = new NoLoadGate(THRESHOLD);
    t.deepEqual(gate.pass(drawing(0)), NOTHING);
    for (let k = 0; k < 3; k++) t.is(gate.pass(drawing(watts)).activePower, watts);
    t.deepEqual(gate.pass(drawing(1)), NOTHING);
  }
});

test('of a load that comes and goes nothing is exported, and no more imported than it drew', t => {
  for (const watts of [15, 25, 35, 45, 100, 1000]) {
    const prng = new Prng(watts);
    const gate = new NoLoadGate(THRESHOLD);
    for (let k = 0; k < 20; k++) {
      const powers = [...passing(gate, 300, watts, prng), ...passing(gate, 300, 0, prng)];
      const drawn = 300 * watts;
      t.true(powers.every(power => power >= 0));
      // The noise of 300 windows, three times over.
      t.true(sumOf(powers) < drawn + 3 * NOISE * Math.sqrt(300), `${sumOf(powers)} of ${drawn}`);
      t.true(sumOf(powers) > 0.9 * drawn - 3 * NOISE * Math.sqrt(300), `${sumOf(powers)} of ${drawn}`);
    }
  }
});

test('never does more register than was measured, in either direction', t => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { maxLength: 300 }), powers => {
      const gate = new NoLoadGate(THRESHOLD);
      const bound = { imported: 0, exported: 0 };
      for (const power of powers) {
        const registered = gate.pass(drawing(power)).activePower;
        bound.imported += Math.max(0, power) - Math.max(0, registered);
        bound.exported += Math.max(0, -power) - Math.max(0, -registered);
        if (bound.imported < -1e-6 || bound.exported < -1e-6) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('a load without active power keeps its current and its reactive power', t => {
  const gate = new NoLoadGate(THRESHOLD);
  const { apparentPower, ...passed } = gate.pass(drawing(2, 500));
  t.deepEqual(passed, {
    voltage: 230,
    current: drawing(2, 500).current,
    activePower: 0,
    reactivePower: 500,
    powerFactor: 0,
  });
  t.true(apparentPower > 500);
});

test('without a threshold everything counts', t => {
  const gate = new NoLoadGate(0);
  for (const watts of [0, 0.001, -0.001, 1000, 0]) t.is(gate.pass(drawing(watts)).activePower, watts);
});
