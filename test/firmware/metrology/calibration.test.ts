import test from 'ava';
import {
  type CalibrationFault,
  checkCalibration,
  type PhaseCalibration,
} from '../../../firmware/metrology/calibration';

const GOOD = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.03,
  phaseDegrees: -1.5,
  skewMicroseconds: 12,
  noLoadWatts: 3,
};

const NODE = { amps: 1, gain: 1.01, phaseDegrees: 0.5 };

test('a possible calibration passes as it is', t => {
  t.deepEqual(checkCalibration(GOOD), { ok: true, value: GOOD });
});

test('so does one with all that it may have', t => {
  const full: PhaseCalibration = {
    ...GOOD,
    noiseAmps: 0.2,
    offsetMicrosiemens: -4,
    offsetReactiveMicrosiemens: 0,
    reversed: true,
    byCurrent: Array.from({ length: 12 }, (_, k) => ({ ...NODE, amps: k })),
  };
  t.deepEqual(checkCalibration(full), { ok: true, value: full });
  t.true(checkCalibration({ ...GOOD, byCurrent: [] }).ok);
});

const IMPOSSIBLE: [CalibrationFault, unknown[]][] = [
  ['noiseAmps', [-0.1, 11, Number.NaN, null, '1']],
  ['offsetMicrosiemens', [1e5, -1e5, Number.NaN, null]],
  ['offsetReactiveMicrosiemens', [1e5, -1e5, Number.NaN, null]],
  ['reversed', [1, null, 'yes']],
  [
    'byCurrent',
    [
      {},
      null,
      'table',
      [null],
      [7],
      [{}],
      [{ ...NODE, gain: '1' }],
      [{ ...NODE, gain: 1.2 }],
      [{ ...NODE, phaseDegrees: Number.NaN }],
      [{ ...NODE, amps: -1 }],
      [{ ...NODE, more: 1 }],
      [NODE, NODE],
      [{ ...NODE, amps: 2 }, NODE],
      Array.from({ length: 13 }, (_, k) => ({ ...NODE, amps: k })),
    ],
  ],
  ['voltsPerCount', [undefined, '0.2', 0, -0.2, Number.NaN, Number.POSITIVE_INFINITY, 1000]],
  ['ampsPerCount', [0, -0.03, Number.NaN, Number.POSITIVE_INFINITY]],
  ['phaseDegrees', [16, -90, Number.NaN]],
  ['skewMicroseconds', [1001, -5000, Number.NEGATIVE_INFINITY]],
  ['noLoadWatts', [-1, 500, Number.NaN]],
];

for (const [field, values] of IMPOSSIBLE) {
  test(`an impossible ${field} is refused by name`, t => {
    for (const value of values)
      t.deepEqual(checkCalibration({ ...GOOD, [field]: value } as PhaseCalibration), {
        ok: false,
        fault: field,
      });
  });
}
