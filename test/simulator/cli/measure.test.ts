import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { CommanderError } from 'commander';
import { Prng } from '../../../hosts/mock/prng';
import { measureCommand } from '../../../simulator/cli/measure';
import { Failure } from '../../../simulator/errors';

const CALIBRATION = {
  voltsPerCount: 0.21,
  ampsPerCount: 0.025,
  phaseDegrees: 2.2,
  skewMicroseconds: 31.25,
  noLoadWatts: 3,
};

interface Recording {
  readonly seconds: number;
  readonly amps?: number;
  /** rad */
  readonly lag?: number;
  readonly phases?: number;
}

/**
 * What a 12-bit converter with 3 counts of noise records of 230 V at 50 Hz; the physics written down, nothing of
 * ours.
 */
function record({ seconds, amps = 5, lag = Math.acos(0.8), phases = 1 }: Recording): string {
  const prng = new Prng('recording');
  const { voltsPerCount, ampsPerCount, phaseDegrees, skewMicroseconds } = CALIBRATION;
  const toCount = (value: number) =>
    Math.max(0, Math.min(4095, Math.round(2031 + value + 3 * prng.gaussian())));
  const lines = [phases === 1 ? 't_us,v,i' : 't_us,v1,i1,v2,i2,v3,i3'];
  for (let time = 0; time < seconds * 1e6; time += 250) {
    const fields = [time];
    for (let p = 0; p < phases; p++) {
      const angle = (us: number) => 2 * Math.PI * (50e-6 * us + 0.2 - p / 3);
      const volts = 230 * Math.SQRT2 * Math.sin(angle(time));
      const lead = (phaseDegrees * Math.PI) / 180;
      const amperes = amps * Math.SQRT2 * Math.sin(angle(time + skewMicroseconds) - lag + lead);
      fields.push(toCount(volts / voltsPerCount), toCount(amperes / ampsPerCount));
    }
    lines.push(fields.join(','));
  }
  return `${lines.join('\n')}\n`;
}

/** Writes the files to a folder of their own and runs `measure` there; `$` in an argument stands for the folder. */
async function measure(files: Record<string, string>, ...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'm3ter-measure-'));
  const written = { out: '', err: '' };
  const { stdout, stderr } = process;
  const original = { out: stdout.write, err: stderr.write };
  stdout.write = (text: string | Uint8Array) => {
    written.out += text;
    return true;
  };
  stderr.write = (text: string | Uint8Array) => {
    written.err += text;
    return true;
  };
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await measureCommand().parseAsync(
      args.map(arg => arg.replace('$', folder)),
      { from: 'user' },
    );
  } finally {
    stdout.write = original.out;
    stderr.write = original.err;
    await rm(folder, { recursive: true });
  }
  return written;
}

const calibrationFile = (phases: number) => JSON.stringify({ phases: Array(phases).fill(CALIBRATION) });
const OPTIONS = ['$/trace.csv', '--calibration', '$/calibration.json', '--json'];

test.serial('5 A at PF 0.8 inductive with noise is metered within 0.5 %', async t => {
  const { out, err } = await measure(
    { 'trace.csv': record({ seconds: 10 }), 'calibration.json': calibrationFile(1) },
    ...OPTIONS,
  );
  t.is(err, '');
  const { seconds, phases, imported, exported } = JSON.parse(out);
  const [phase] = phases;
  const near = (name: string, value: number, truth: number, tolerance: number) =>
    t.true(Math.abs(value / truth - 1) < tolerance, `${name}: ${value}, not ${truth}`);
  near('seconds', seconds, 10, 1e-4);
  near('imported', imported, (920 * 10) / 3.6, 5e-3);
  t.is(exported, 0);
  near('voltage', phase.voltage, 230, 2e-3);
  near('current', phase.current, 5, 2e-3);
  near('activePower', phase.activePower, 920, 2e-3);
  near('reactivePower', phase.reactivePower, 690, 4e-3);
  near('apparentPower', phase.apparentPower, 1150, 2e-3);
  near('powerFactor', phase.powerFactor, 0.8, 2e-3);
  near('frequency', phase.frequency, 50, 1e-4);
  t.deepEqual(Object.keys(JSON.parse(out)), ['seconds', 'phases', 'imported', 'exported']);
});

test.serial('a trace of half a second that begins and ends in mid-cycle is metered as well', async t => {
  const { out } = await measure(
    { 'trace.csv': record({ seconds: 0.51 }), 'calibration.json': calibrationFile(1) },
    ...OPTIONS,
  );
  const { seconds, imported, phases } = JSON.parse(out);
  t.true(Math.abs(phases[0].activePower / 920 - 1) < 5e-3);
  t.true(Math.abs(imported - (920 * seconds) / 3.6) < 1.7);
});

test.serial('turning the current around swaps import and export', async t => {
  const run = async (lag: number) => {
    const files = { 'trace.csv': record({ seconds: 3, lag }), 'calibration.json': calibrationFile(1) };
    return JSON.parse((await measure(files, ...OPTIONS)).out);
  };
  const forward = await run(0.4);
  const backward = await run(0.4 + Math.PI);
  t.true(Math.abs(forward.imported - backward.exported) <= 2, `${forward.imported}, ${backward.exported}`);
  t.is(forward.exported, 0);
  t.is(backward.imported, 0);
  t.true(backward.phases[0].powerFactor < -0.9);
});

test.serial('three phases are each measured and billed by their sum', async t => {
  const { out } = await measure(
    { 'trace.csv': record({ seconds: 3, phases: 3 }), 'calibration.json': calibrationFile(3) },
    ...OPTIONS,
  );
  const { phases, imported } = JSON.parse(out);
  t.is(phases.length, 3);
  for (const { activePower } of phases) t.true(Math.abs(activePower / 920 - 1) < 3e-3, `${activePower}`);
  t.true(Math.abs(imported / ((3 * 920 * 3) / 3.6) - 1) < 3e-3);
});

test.serial('without a calibration the typical one is taken, and said to be', async t => {
  const { out, err } = await measure({ 'trace.csv': record({ seconds: 1 }) }, '$/trace.csv', '--json');
  t.regex(err, /^note: no --calibration given, taking \{"voltsPerCount":0\.22,.*\n$/);
  t.true(JSON.parse(out).imported > 0);
});

test.serial('without --json a table is printed', async t => {
  const { out } = await measure(
    { 'trace.csv': record({ seconds: 1 }), 'calibration.json': calibrationFile(1) },
    ...OPTIONS.slice(0, 3),
  );
  t.regex(
    out,
    /phase +V +A +W +var +VA +PF +Hz\n +L1 +2(29|30)\.\d\d .* 50\.0\d\d\n0\.99975 s, imported 25\d mWh, exported 0 mWh\n/,
  );
});

const FAILURES: [string, Record<string, string>, string[], RegExp][] = [
  ['a missing trace', {}, ['$/trace.csv'], /^trace .*trace\.csv: expected a readable file, got ENOENT$/],
  [
    'a missing calibration file',
    { 'trace.csv': record({ seconds: 0.3 }) },
    OPTIONS,
    /^calibration file .*calibration\.json: expected a readable file, got ENOENT$/,
  ],
  ['a folder for a trace', {}, ['$'], /^trace .*: expected a readable file, got EISDIR$/],
  [
    'a malformed row',
    { 'trace.csv': '0,2048,2048\n250,2048,oops\n' },
    ['$/trace.csv'],
    /trace\.csv, line 2: expected i as a whole count of 0 to 65535, got "oops"$/,
  ],
  [
    'an impossible calibration',
    {
      'trace.csv': '',
      'calibration.json': JSON.stringify({ phases: [{ ...CALIBRATION, ampsPerCount: 0 }] }),
    },
    OPTIONS,
    /calibration\.json: phases\[0\]\.ampsPerCount: expected a number of 0\.000001 to 100, got 0$/,
  ],
  [
    'a calibration of other phases than the trace',
    { 'trace.csv': record({ seconds: 0.1 }), 'calibration.json': calibrationFile(3) },
    OPTIONS,
    /trace\.csv: expected 3 phases, as in the calibration, got 1$/,
  ],
  [
    'a trace shorter than a window',
    { 'trace.csv': record({ seconds: 0.1 }) },
    ['$/trace.csv'],
    /trace\.csv: expected at least 0\.3 s of samples, got 0\.09975 s$/,
  ],
];

for (const [name, files, args, message] of FAILURES) {
  test.serial(`${name} is a failure that says what was expected and what came`, async t => {
    await t.throwsAsync(measure(files, ...args), { instanceOf: Failure, message });
  });
}

test.serial('a missing argument and an unknown option are misuse', async t => {
  for (const args of [[], ['trace.csv', '--volts'], ['trace.csv', '--calibration']])
    await t.throwsAsync(measure({}, ...args), { instanceOf: CommanderError });
});
