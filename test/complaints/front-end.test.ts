import test from 'ava';
import type { PhaseMeasurement, Window } from '../../firmware/host';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { type AnalogHardware, TYPICAL_ESP32_FRONT_END } from '../../hosts/mock/analog/hardware';
import { runNoLoad } from '../../simulator/bench/accuracy-no-load';
import { fitCalibration } from '../../simulator/calibration-fit';
import type { MeterRig } from '../support/meter-rig';
import { inNode, meterTest, type RigOf } from '../support/meter-test';
import { type AnalogLoad, BENCH, CALIBRATION, lengthOf, mean, powerOf, sampled, VOLTS } from './analog-load';

/** What users of open meters complain about, as far as it comes from the front end: each test is named after it. */

/** A meter on the bad front end that has taken these windows. */
async function fed(rigOf: RigOf, windows: readonly Window[], calibration = CALIBRATION): Promise<MeterRig> {
  const rig = rigOf({ calibration: [calibration] });
  await rig.bootMute();
  for (const window of windows) rig.sensor.window(window);
  return rig;
}

/** % by which a mean power is wrong. */
function errorOf(load: AnalogLoad, calibration: PhaseCalibration, seconds: number): number {
  return 100 * (mean(sampled(load, seconds), calibration, 'activePower') / powerOf(load) - 1);
}

meterTest(
  'phantom load at no load: with open terminals at 1.15 Un, three minutes of every sample register nothing',
  async (t, rigOf) => {
    const windows = sampled({ amps: 0, ofNominal: 1.15 }, 180);
    const rig = await fed(rigOf, windows);
    t.like(rig.meter.registers, { imported: 0, exported: 0, debited: 0 });
    t.like(rig.meter.measurement.phases[0], { current: 0, activePower: 0, powerFactor: 1 });
    // It is there to be seen.
    const phantom = await fed(rigOf, windows.slice(0, 100), { ...CALIBRATION, noLoadWatts: 0 });
    t.true((phantom.meter.registers?.imported ?? 0) > 0);
    t.true((phantom.meter.registers?.exported ?? 0) > 0);
  },
);

test('phantom load at no load: nor does a week of windows with that noise and crosstalk', t => {
  const { registered, deviation } = runNoLoad(BENCH, 7, 'complaints');
  t.is(registered, 0);
  t.true(deviation > 1, 'no noise');
});

/** The radio is off, or sends one frame after the other. */
function withRadio(isOn: boolean): AnalogHardware {
  const { noise } = TYPICAL_ESP32_FRONT_END;
  const transmitting = isOn ? 7 * noise.counts : noise.counts;
  return { ...TYPICAL_ESP32_FRONT_END, noise: { ...noise, transmitting, every: 10_000, lasting: 2000 } };
}

/** Power and energy by what they truly are, and A. */
async function readingOf(load: AnalogLoad, seconds: number) {
  const windows = sampled(load, seconds);
  const rig = await fed(inNode, windows);
  return {
    power: mean(windows, CALIBRATION, 'activePower') / powerOf(load),
    energy: (rig.meter.registers?.imported ?? 0) / ((powerOf(load) * lengthOf(windows)) / 3.6),
    current: mean(windows, CALIBRATION, 'current'),
  };
}

for (const { amps, limit, seconds } of [
  { amps: 0.5, limit: 1.5, seconds: 600 },
  { amps: 5, limit: 1, seconds: 60 },
])
  test(`ADC noise and Wi-Fi coupling: with bursts as without, power and energy at ${amps} A are within a fifth of the class`, async t => {
    const quiet = await readingOf({ amps, hardware: withRadio(false) }, seconds);
    const loud = await readingOf({ amps, hardware: withRadio(true) }, seconds);
    t.true(loud.current > quiet.current, 'no bursts');
    for (const { power, energy } of [quiet, loud]) {
      t.true(Math.abs(100 * (power - 1)) < limit / 5, `${power}`);
      t.true(Math.abs(100 * (energy - 1)) < limit / 5, `${energy}`);
    }
  });

/** As if all were said by the gain and the angle at one current. */
const ONE_POINT: PhaseCalibration = { ...CALIBRATION, byCurrent: [] };
/** %: of class 1 */
const POINTS: readonly (AnalogLoad & { readonly limit: number })[] = [
  { amps: 0.5, limit: 1.5 },
  { amps: 1, lag: -36.87, limit: 1.5 },
  { amps: 10, limit: 1 },
  { amps: 60, limit: 1 },
  { amps: 60, lag: -36.87, limit: 1 },
];

test('one-point calibration that fails elsewhere: the fit refuses one point, and its table holds from 0.05 Ib to Imax', t => {
  const windows = sampled({ amps: 10 }, 10);
  const point = { name: 'kettle', phase: 0, windows, reference: { volts: VOLTS, amps: 10 } };
  t.deepEqual(fitCalibration([point]), { ok: false, fault: 'expected two loads or more, got 1' });
  const almost = { ...point, reference: { volts: VOLTS, amps: 9 } };
  t.deepEqual(fitCalibration([point, almost]), {
    ok: false,
    fault: 'expected currents that span a factor of 5, got 9 A to 10 A',
  });
  for (const { limit, ...load } of POINTS) {
    const error = errorOf(load, CALIBRATION, 60);
    t.true(Math.abs(error) < limit / 5, `${load.amps} A: ${error} %`);
  }
  const failing = POINTS.filter(({ limit, ...load }) => Math.abs(errorOf(load, ONE_POINT, 60)) > limit);
  t.deepEqual(
    failing.map(({ amps, lag }) => [amps, lag]),
    [
      [1, -36.87],
      [60, -36.87],
    ],
  );
});

/** Degrees by which a degree of the current transformer and 100 µs of skew, at 50 Hz, turn the current. */
const TURNS: readonly (readonly [string, Partial<PhaseCalibration>, number])[] = [
  ['as calibrated', {}, 0],
  ['1° more', { phaseDegrees: CALIBRATION.phaseDegrees + 1 }, 1],
  ['1° less', { phaseDegrees: CALIBRATION.phaseDegrees - 1 }, -1],
  ['100 µs more', { skewMicroseconds: CALIBRATION.skewMicroseconds + 100 }, 1.8],
];

meterTest(
  'phase settings without effect, wrong PF: 0.5 ind and 0.8 cap read so, and each setting turns the power as theory says',
  async (t, rigOf) => {
    for (const [name, change, degrees] of TURNS) {
      const rig = await fed(rigOf, [], { ...CALIBRATION, ...change });
      for (const lag of [60, -36.87]) {
        const readings = sampled({ amps: 10, lag }, 4).map(window => {
          rig.sensor.window(window);
          return rig.meter.measurement.phases[0];
        });
        const near = (quantity: keyof PhaseMeasurement, truth: number) => {
          const sum = readings.reduce((total, phase) => total + (phase?.[quantity] ?? Number.NaN), 0);
          const error = sum / readings.length / truth - 1;
          t.true(Math.abs(error) < 3e-3, `${lag}°, ${name}, ${quantity}: ${100 * error} %`);
        };
        const angle = ((lag + degrees) * Math.PI) / 180;
        near('activePower', VOLTS * 10 * Math.cos(angle));
        near('reactivePower', VOLTS * 10 * Math.sin(angle));
        near('powerFactor', Math.cos(angle));
      }
    }
  },
);
