import test from 'ava';
import fc from 'fast-check';
import {
  halfWave,
  inBursts,
  type Load,
  NO_LOAD,
  phaseFired,
  sinusoidal,
} from '../../../../hosts/mock/analog/load';
import { PhaseCycle } from '../../../../hosts/mock/analog/phase-cycle';

const { PI, SQRT2, abs, cos, sin, sqrt } = Math;
const RADIANS = PI / 180;
const NO_CROSSTALK = { conductance: 0, susceptance: 0 };

const at230 = (load: Load, degrees = 0) => new PhaseCycle({ volts: 230, degrees, load }, NO_CROSSTALK);
const isNear = (value: number, expected: number, scale: number) => abs(value - expected) < 1e-5 * scale;

test('a sine of any power factor, in any phase, has the power that theory gives it', t => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 100, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.constantFrom(0, 120, -120, 240),
      (amps, lag, degrees) => {
        const cycle = at230(sinusoidal(amps, lag), degrees);
        return (
          isNear(cycle.activePower, 230 * amps * cos(lag * RADIANS), 230 * amps) &&
          isNear(cycle.current, amps, amps) &&
          isNear(cycle.voltage, 230, 230)
        );
      },
    ),
  );
  t.pass();
});

test('harmonics of voltage and current carry power of their own, by their order and angle', t => {
  const voltage = [{ order: 5, ratio: 0.1, degrees: 0 }];
  const inPhase = sinusoidal(30, 0, [{ order: 5, ratio: 0.4, degrees: 0 }]);
  const load = sinusoidal(30, 0, [
    { order: 5, ratio: 0.4, degrees: 60 },
    { order: 3, ratio: 0.2, degrees: 0 },
  ]);
  const cycleOf = (each: Load) =>
    new PhaseCycle({ volts: 230, degrees: 0, harmonics: voltage, load: each }, NO_CROSSTALK);
  t.true(isNear(cycleOf(inPhase).activePower, 1.04 * 6900, 6900));
  t.true(isNear(cycleOf(load).activePower, 1.02 * 6900, 6900));
  t.true(isNear(cycleOf(load).current, 30 * sqrt(1 + 0.16 + 0.04), 30));
  t.true(isNear(cycleOf(load).voltage, 230 * sqrt(1.01), 230));
});

test('half-waves have half of the power of their sine, and its current by the root of 2', t => {
  const cycle = at230(halfWave(60));
  t.true(isNear(cycle.activePower, (230 * 60) / 2, 6900));
  t.true(isNear(cycle.current, 60 / SQRT2, 60));
});

test('a load fired at any angle has the power of what is left of its half-waves', t => {
  for (const degrees of [0, 45, 90, 112.5, 180]) {
    const angle = degrees * RADIANS;
    const share = Math.max(0, 1 - angle / PI + sin(2 * angle) / (2 * PI));
    const cycle = at230(phaseFired(10, degrees));
    t.true(isNear(cycle.activePower, 2300 * share, 2300), `${degrees}°: ${cycle.activePower}`);
    t.true(abs(cycle.current - 10 * sqrt(share)) < 0.01, `${degrees}°: ${cycle.current}`);
  }
});

test('bursts leave the cycle as it is, and nothing flows without a load', t => {
  const load = inBursts(sinusoidal(10), 2, 3);
  t.deepEqual(load.bursts, { on: 2, off: 3 });
  t.is(load.current(1), sinusoidal(10).current(1));
  t.is(at230(NO_LOAD).activePower, 0);
  t.is(at230(NO_LOAD).current, 0);
});

test('crosstalk shows in the current without being any', t => {
  const cycle = new PhaseCycle(
    { volts: 230, degrees: 0, load: NO_LOAD },
    { conductance: 3, susceptance: -2 },
  );
  t.is(cycle.activePower, 0);
  const quarter = cycle.crosstalk[512] as number;
  t.true(isNear(quarter, 230 * SQRT2 * 3e-6, 1e-3));
  t.true(isNear(cycle.crosstalk[0] as number, 230 * SQRT2 * 2e-6, 1e-3));
});
