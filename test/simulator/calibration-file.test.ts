import test from 'ava';
import { calibrationText, parseCalibration } from '../../simulator/calibration-file';

const GOOD = {
  voltsPerCount: 0.2,
  ampsPerCount: 0.03,
  phaseDegrees: 1.5,
  skewMicroseconds: 12,
  noLoadWatts: 3,
};
const FIELDS =
  'voltsPerCount, ampsPerCount, phaseDegrees, skewMicroseconds, noLoadWatts, noiseAmps, offsetMicrosiemens, offsetReactiveMicrosiemens, reversed, byCurrent';
const NODE = { amps: 12.34, gain: 1.00123, phaseDegrees: -0.123 };
/** With all that a phase may have. */
const FULL = {
  ...GOOD,
  noiseAmps: 0.2704,
  offsetMicrosiemens: -3.21,
  offsetReactiveMicrosiemens: 4.32,
  reversed: true,
  byCurrent: Array.from({ length: 12 }, (_, k) => ({ ...NODE, amps: NODE.amps + k })),
};
const withTable = (byCurrent: unknown) => JSON.stringify({ phases: [{ ...GOOD, byCurrent }] });

test('a calibration of one to three phases is read', t => {
  for (const phases of [[GOOD], [FULL], [GOOD, FULL, GOOD]])
    t.deepEqual(parseCalibration(JSON.stringify({ phases })), { ok: true, value: phases });
});

test('the gains alone are a calibration: no phase error, no skew, no threshold', t => {
  const { voltsPerCount, ampsPerCount } = GOOD;
  t.deepEqual(parseCalibration(JSON.stringify({ phases: [{ voltsPerCount, ampsPerCount }] })), {
    ok: true,
    value: [{ voltsPerCount, ampsPerCount, phaseDegrees: 0, skewMicroseconds: 0, noLoadWatts: 0 }],
  });
});

test('what is written is read as it was, and three full phases are short enough for a board', t => {
  for (const phases of [[GOOD], [FULL, FULL, FULL]])
    t.deepEqual(parseCalibration(calibrationText(phases)), { ok: true, value: phases });
  t.true(calibrationText([FULL, FULL, FULL]).length < 3999);
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
  ['a table that is none', withTable(7), 'phases[0].byCurrent: expected a list, got 7'],
  [
    'a table of thirteen currents',
    withTable(Array.from({ length: 13 }, (_, k) => ({ ...NODE, amps: k }))),
    'phases[0].byCurrent: expected at most 12 currents, got [{"amps":0,"gain":1.00123,"phaseDegrees":-0.123},{"amps":1,"…',
  ],
  [
    'a table that does not ascend',
    withTable([NODE, NODE]),
    'phases[0].byCurrent: expected ascending amps, got [{"amps":12.34,"gain":1.00123,"phaseDegrees":-0.123},{"amps"…',
  ],
  [
    'an impossible gain in a table',
    withTable([{ ...NODE, gain: 2 }]),
    'phases[0].byCurrent[0].gain: expected a number of 0.9 to 1.1, got 2',
  ],
  [
    'a table with something beside its numbers',
    withTable([{ ...NODE, degrees: 2 }]),
    'phases[0].byCurrent[0].degrees: expected one of amps, gain, phaseDegrees, got 2',
  ],
  [
    'a direction that is no yes or no',
    JSON.stringify({ phases: [{ ...GOOD, reversed: 1 }] }),
    'phases[0].reversed: expected true or false, got 1',
  ],
  [
    'noise that is none',
    JSON.stringify({ phases: [{ ...GOOD, noiseAmps: null }] }),
    'phases[0].noiseAmps: expected a number of 0 to 10, got null',
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
