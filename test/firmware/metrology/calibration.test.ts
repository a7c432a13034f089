import test from 'ava';
import { type CalibrationFault, checkCalibration } from '../../../firmware/metrology/calibration';

const GOOD = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.03,
  phaseDegrees: -1.5,
  skewMicroseconds: 12,
  noLoadWatts: 3,
};

test('a possible calibration passes as it is', t => {
  t.deepEqual(checkCalibration(GOOD), { ok: true, value: GOOD });
});

const IMPOSSIBLE: [CalibrationFault, number[]][] = [
  ['voltsPerCount', [0, -0.2, Number.NaN, Number.POSITIVE_INFINITY, 1000]],
  ['ampsPerCount', [0, -0.03, Number.NaN, Number.POSITIVE_INFINITY]],
  ['phaseDegrees', [16, -90, Number.NaN]],
  ['skewMicroseconds', [1001, -5000, Number.NEGATIVE_INFINITY]],
  ['noLoadWatts', [-1, 500, Number.NaN]],
];

for (const [field, values] of IMPOSSIBLE) {
  test(`an impossible ${field} is refused by name`, t => {
    for (const value of values)
      t.deepEqual(checkCalibration({ ...GOOD, [field]: value }), { ok: false, fault: field });
  });
}
