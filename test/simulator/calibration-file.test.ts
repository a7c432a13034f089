import test from 'ava';
import { parseCalibration } from '../../simulator/calibration-file';

const GOOD = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.03,
  phaseDegrees: 1.5,
  skewMicroseconds: 12,
  noLoadWatts: 3,
};
const FIELDS = 'voltsPerCount, ampsPerCount, phaseDegrees, skewMicroseconds, noLoadWatts';

test('a calibration of one to three phases is read', t => {
  for (const phases of [[GOOD], [GOOD, GOOD, GOOD]])
    t.deepEqual(parseCalibration(JSON.stringify({ phases })), { ok: true, value: phases });
});

test('the gains alone are a calibration: no phase error, no skew, no threshold', t => {
  const { voltsPerCount, ampsPerCount } = GOOD;
  t.deepEqual(parseCalibration(JSON.stringify({ phases: [{ voltsPerCount, ampsPerCount }] })), {
    ok: true,
    value: [{ voltsPerCount, ampsPerCount, phaseDegrees: 0, skewMicroseconds: 0, noLoadWatts: 0 }],
  });
});

const IMPOSSIBLE: [string, string, string][] = [
  ['what is not JSON', 'volts: 1', 'expected JSON, {"phases": [{...}]}, got "volts: 1"'],
  ['a list', '[]', 'calibration: expected an object of phases, got []'],
  ['no phases', '{}', 'phases: expected a list, got nothing'],
  ['an empty list of phases', '{"phases":[]}', 'phases: expected one to three phases, got []'],
  [
    'something beside the phases',
    JSON.stringify({ phases: [GOOD], gain: 1 }),
    'gain: expected only phases, got 1',
  ],
  ['a phase that is a number', '{"phases":[7]}', `phases[0]: expected an object of ${FIELDS}, got 7`],
  [
    'a misspelt field',
    JSON.stringify({ phases: [{ ...GOOD, phaseDegree: 2 }] }),
    `phases[0].phaseDegree: expected one of ${FIELDS}, got 2`,
  ],
  [
    'a gain that is negative',
    JSON.stringify({ phases: [GOOD, { ...GOOD, voltsPerCount: -0.2 }] }),
    'phases[1].voltsPerCount: expected a number of 0.000001 to 100, got -0.2',
  ],
  [
    'a gain that is a text',
    JSON.stringify({ phases: [{ ...GOOD, ampsPerCount: '1' }] }),
    'phases[0].ampsPerCount: expected a number of 0.000001 to 100, got "1"',
  ],
  [
    'a gain left out',
    JSON.stringify({ phases: [{ ...GOOD, ampsPerCount: undefined }] }),
    'phases[0].ampsPerCount: expected a number of 0.000001 to 100, got nothing',
  ],
  [
    'a number beyond all bounds',
    `{"phases":[${JSON.stringify(GOOD).replace('12', '1e999')}]}`,
    'phases[0].skewMicroseconds: expected a number of -1000 to 1000, got Infinity',
  ],
];

for (const [name, text, fault] of IMPOSSIBLE) {
  test(`${name} is refused in one line`, t => {
    t.deepEqual(parseCalibration(text), { ok: false, fault });
  });
}
