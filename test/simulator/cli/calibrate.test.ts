import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { parseCalibration } from '../../../simulator/calibration-file';
import { calibrateCommand } from '../../../simulator/cli/calibrate';
import { M3ter, m3ter } from '../../support/m3ter';
import {
  BUILD,
  type Flow,
  type RecordOptions,
  recordTrace,
  recordWindows,
} from '../../support/recorded-load';
import { runCommand } from '../../support/run-command';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-calibrate-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));
const at = (name: string) => join(FOLDER, name);

function write(name: string, flow: Flow, options: RecordOptions = {}): string {
  const seed = options.seed ?? name;
  const text = name.endsWith('.csv')
    ? recordTrace(flow, { seconds: 5, ...options, seed })
    : consoleText(flow, { ...options, seed });
  writeFileSync(at(name), text);
  return at(name);
}

/** What a terminal shows of `windows N`. */
function consoleText(flow: Flow, options: RecordOptions): string {
  const windows = recordWindows(flow, options).slice(1);
  const lines = windows.map(window => JSON.stringify(window));
  return ['> windows 50', ...lines, `{"windows":${lines.length}}`, '> '].join('\r\n');
}

const LAMP = write('lamp.csv', { volts: 230, amps: 1 });
const KETTLE = write('kettle.csv', { volts: 228, amps: 8.7 });
const OVEN = write('oven.jsonl', { volts: 226, amps: 30 });
const IDLE = write('idle.jsonl', { volts: 231, amps: 0 }, { seconds: 20 });
const MOTOR = write('motor.csv', { volts: 229, amps: 4, lag: 60 });
const POINTS = [
  ...['--point', `${LAMP},volts=230,amps=1`],
  ...['--point', `${KETTLE},volts=228,amps=8.7,watts=1983.6`],
  ...['--point', `${OVEN},volts=226,amps=30`],
  ...['--point', `${MOTOR},volts=229,amps=4,pf=0.5`],
  ...['--idle', `${IDLE},volts=231`],
];

const calibrate = (...words: string[]) => runCommand(calibrateCommand, ...words);

test('traces and windows of known loads become a file that m3ter measure takes', async t => {
  const out = at('good.json');
  const { lines, error } = await calibrate(...POINTS, '--skew', '12.5', '--out', out);
  t.is(error, '');
  t.regex(lines[0] ?? '', /^phase +point +V +A +W +var +read V +A +W +var +V % +A % +W % +limit +phase °$/);
  t.is(lines.length, 7);
  t.regex(
    lines[2] ?? '',
    /^L1 .*kettle\.csv +228\.0 +8\.700 +1983\.6 +0\.0 +228\.0 +8\.70\d +198\d\.\d .* 0\.\d\d +1\.0 /,
  );
  t.regex(lines[5] ?? '', /^L1 .*idle\.jsonl +231\.0 +0\.000 +0\.0 +0\.0 .* - +- +- +-$/);
  t.is(lines[6], `wrote ${out}`);
  const written = parseCalibration(readFileSync(out, 'utf8'));
  if (!written.ok) return t.fail(written.fault);
  const [phase] = written.value;
  t.is(phase?.byCurrent?.length, 4);
  t.true(Math.abs((phase?.voltsPerCount ?? 0) / BUILD.voltsPerCount - 1) < 2e-4);
  t.is(phase?.skewMicroseconds, 12.5);
  const fresh = write('fresh.csv', { volts: 230, amps: 6, lag: 30 }, { seed: 'fresh' });
  const measured = await m3ter('measure', fresh, '--calibration', out, '--json');
  const { activePower } = JSON.parse(measured.out).phases[0];
  t.true(Math.abs(activePower / (230 * 6 * Math.cos(Math.PI / 6)) - 1) < 2e-3, `${activePower}`);
});

test('without --out nothing is written and the file is printed, and --json is one object', async t => {
  const { lines } = await calibrate(...POINTS);
  const text = lines.at(-1) ?? '';
  t.true(parseCalibration(text).ok, text);
  const json = JSON.parse((await calibrate(...POINTS, '--json')).lines.join('\n'));
  t.deepEqual(json.calibration, JSON.parse(text));
  t.deepEqual(
    json.points.map(({ phase }: { phase: string }) => phase),
    ['L1', 'L1', 'L1', 'L1', 'L1'],
  );
  t.like(json.points[1], { limit: 1, reference: { volts: 228, amps: 8.7, watts: 1983.6, vars: 0 } });
  t.true(Math.abs(json.points[1].powerError) < 0.1);
  t.deepEqual(json.warnings, []);
});

test('a bad fit is one line, and leaves the file there was', async t => {
  const out = at('kept.json');
  writeFileSync(out, 'before');
  const wrong = POINTS.map(word => word.replace('amps=8.7,watts=1983.6', 'amps=7.8'));
  const { lines, exitCode, error } = await calibrate(...wrong, '--out', out);
  t.is(exitCode, 1);
  t.deepEqual(lines, []);
  t.regex(error, /^L1, .*kettle\.csv: expected readings that fit the other loads, got ones that differ by /);
  t.is(readFileSync(out, 'utf8'), 'before');
});

test('three phases are fitted each by the points that are theirs, and one is turned when agreed to', async t => {
  const build = { ...BUILD, reversed: [false, true, false] };
  const options = { phases: 3, build };
  const small = write('small3.jsonl', { volts: 230, amps: 1 }, options);
  const large = write('large3.jsonl', { volts: 230, amps: 20 }, options);
  const points = [
    ...['--point', `${small},volts=230,amps=1,phase=L1+L2`, '--point', `${small},volts=230,amps=1,phase=L3`],
    ...['--point', `${large},volts=230,amps=20`],
  ];
  const told = await calibrate(...points);
  t.is(told.exitCode, 1);
  t.regex(told.error, /^L2: expected power that flows to the load, .* or agree to --flip L2$/);
  const out = at('three.json');
  const { lines, error } = await calibrate(...points, '--flip', 'L2', '--out', out);
  t.is(error, '');
  t.is(lines.filter(line => line.startsWith('L3')).length, 3);
  const written = parseCalibration(readFileSync(out, 'utf8'));
  t.deepEqual(written.ok && written.value.map(({ reversed }) => reversed ?? false), [false, true, false]);

  // One phase anew, the others as they are
  const before = JSON.parse(readFileSync(out, 'utf8'));
  const anew = await calibrate(...points, '--phase', 'L3', '--skew', '20', '--out', out);
  t.is(anew.error, '');
  const after = JSON.parse(readFileSync(out, 'utf8'));
  t.deepEqual(after.phases.slice(0, 2), before.phases.slice(0, 2));
  t.is(after.phases[2].skewMicroseconds, 20);
});

test('clipped samples of a trace are found', async t => {
  const clipping = write('clipping.csv', { volts: 390, amps: 8.7 });
  const { error } = await calibrate(
    ...['--point', `${LAMP},volts=230,amps=1`, '--point', `${clipping},volts=390,amps=8.7`],
  );
  t.regex(error, /^L1, .*clipping\.csv: expected samples within the converter's range, got \d+ at its ends$/);
});

test('windows come by standard input, and live from a serial device that is asked for them', async t => {
  const points = ['--point', `${LAMP},volts=230,amps=1`, '--point', `${OVEN},volts=226,amps=30`];
  const live = new M3ter(
    ['calibrate', ...points, '--point', '/dev/tty,volts=228,amps=8.7', '--windows', '40', '--json'],
    { terminal: true },
  );
  await live.until('the board is asked', () => live.out.includes('\x03windows 40\r'));
  live.type(consoleText({ volts: 228, amps: 8.7 }, { seed: 'live' }));
  const { code, out } = await live.finished();
  t.is(code, 0, out);
  t.like(JSON.parse(/\{"calibration".*/.exec(out)?.[0] ?? '').points[2], { name: '/dev/tty', limit: 1 });

  const command = `cat ${KETTLE} | ${process.execPath} simulator/m3ter.js calibrate ${points.join(' ')} --point -,volts=228,amps=8.7 --json`;
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  t.like(JSON.parse(stdout).points[2], { name: '-', limit: 1 });
});

const BROKEN: [string, string, RegExp][] = [
  ['an empty recording', '', /: expected a trace or windows, got nothing$/],
  ['a malformed row', '0,1,2\n250,1,x\n', /: line 2: expected i as a whole count of 0 to 65535, got "x"$/],
  ['a torn window', '{"phases":[\n', /: line 1: expected a window in JSON, got "\{\\"phases\\":\["$/],
  [
    'a window without sums',
    '{"phases":[{}],"samples":1,"cycles":1,"duration":1,"cycleSpan":1,"gap":0}\n',
    /: line 1: expected a window in JSON, got /,
  ],
  [
    'a fault of the sensor',
    '{"fault":"saturation"}\n',
    /: line 1: expected a sensor without faults, got saturation$/,
  ],
  [
    'a chip that answers',
    '> windows 5\nwindows: expected a sensor\n',
    /: expected windows of 0\.2 s, got none$/,
  ],
];

for (const [k, [name, text, message]] of BROKEN.entries())
  test(`${name} is a failure of one line`, async t => {
    const file = at(`broken${k}`);
    writeFileSync(file, text);
    const { exitCode, error } = await calibrate('--point', `${file},volts=230,amps=1`);
    t.is(exitCode, 1, error);
    t.regex(error, message);
    t.false(error.includes('\n'));
  });

test('a missing recording is a failure that names it', async t => {
  const { exitCode, error } = await calibrate('--point', `${at('none.csv')},volts=230,amps=1`);
  t.is(exitCode, 1);
  t.regex(error, /^recording .*none\.csv: expected a readable file, got ENOENT$/);
  const device = await calibrate('--point', '/dev/null,volts=230,amps=1');
  t.is(device.error, '/dev/null: expected a file or a serial device, got another device');
});

for (const words of [
  [],
  ['--point', LAMP],
  ['--point', `${LAMP},volts=230`],
  ['--point', `${LAMP},volts=230,amps=0`],
  ['--point', `${LAMP},volts=-230,amps=1`],
  ['--point', `${LAMP},volts=230,amps=1,vars=2,pf=0.5`],
  ['--point', `${LAMP},volts=230,amps=1,pf=1.5`],
  ['--point', `${LAMP},volts=230,amps=1,phase=L4`],
  ['--point', `${LAMP},volts=230,amps=1,volts=230`],
  ['--idle', `${LAMP},volts=230,amps=1`],
  ['--flip', 'L1,L2'],
  ['--skew', 'much'],
  ['--class', '3'],
])
  test(`m3ter calibrate ${words.join(' ').replace(FOLDER, '')} is misuse`, async t => {
    const { exitCode } = await calibrate(...words);
    t.is(exitCode, 2);
  });
