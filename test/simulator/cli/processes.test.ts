import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Command } from 'commander';
import { benchCommand } from '../../../simulator/cli/bench';
import { creditCommand } from '../../../simulator/cli/credit';
import { linkCommand } from '../../../simulator/cli/link';
import { measureCommand } from '../../../simulator/cli/measure';
import { meterCommand } from '../../../simulator/cli/meter';
import { orderCommand } from '../../../simulator/cli/order';
import { simulateCommand } from '../../../simulator/cli/simulate';
import { tariffCommand } from '../../../simulator/cli/tariff';
import { verifyCommand } from '../../../simulator/cli/verify';
import type { SimulationReport } from '../../../simulator/simulation-report';
import { type Finished, M3ter, m3ter, m3terInTurn } from '../../support/m3ter';
import { freePort } from '../../support/mosquitto';

const COMMANDS: readonly Command[] = [
  simulateCommand(),
  meterCommand(),
  measureCommand(),
  linkCommand(),
  creditCommand(),
  tariffCommand(),
  orderCommand(),
  verifyCommand(),
  benchCommand(),
];

test('--help lists every command, and --version tells the version', async t => {
  const [help, version] = await Promise.all([m3ter('--help'), m3ter('--version')]);
  t.deepEqual([help.code, help.err], [0, '']);
  for (const command of COMMANDS) t.regex(help.out, new RegExp(`^  ${command.name()} `, 'm'));
  t.deepEqual([version.code, version.err], [0, '']);
  t.regex(version.out, /^\d+\.\d+\.\d+\n$/);
});

const helps = m3terInTurn(COMMANDS.map(command => [command.name(), '--help']));
for (const [k, command] of COMMANDS.entries())
  test(`m3ter ${command.name()} --help explains every option`, async t => {
    const { code, out, err } = (await helps)[k] as Finished;
    t.deepEqual([code, err], [0, '']);
    t.true(out.startsWith(`Usage: m3ter ${command.name()} `));
    for (const { flags, description } of command.options) {
      t.true(out.includes(`  ${flags} `), flags);
      t.not(description, '', flags);
    }
  });

const INTERRUPTED = { SIGINT: 130, SIGTERM: 143 } as const;
for (const [signal, exitCode] of Object.entries(INTERRUPTED))
  test(`${signal} in a headless simulation gives the report of what was simulated until then`, async t => {
    const port = await freePort();
    const words = ['simulate', '--chain', 'none', '--json', '--days', '36500', '--listen', String(port)];
    const simulation = new M3ter(words);
    while (!(await canConnect(port))) await simulation.until('it is alive', () => true);
    simulation.signal(signal as NodeJS.Signals);
    const { code, out, err } = await simulation.finished();
    t.deepEqual([code, err], [exitCode, '']);
    const { days, meters } = JSON.parse(out) as SimulationReport;
    t.true(days > 0 && days < 36_500, `${days} days`);
    t.is(meters.length, 1);
  });

function canConnect(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(resolve, 20, false));
  });
}

test('a reader that leaves, as head does, ends a command without a word', async t => {
  const simulation = new M3ter(['simulate', '--chain', 'none', '--no-page', '--speed', '1000']);
  await simulation.until('it has said something', () => simulation.out !== '');
  simulation.closeOutput();
  const { code, err } = await simulation.finished();
  t.deepEqual([code, err], [128 + 13, '']);
});

test('an output without room is one clear line', async t => {
  const full = openSync('/dev/full', 'w');
  t.teardown(() => closeSync(full));
  const { code, err } = await new M3ter(['--help'], { stdout: full }).finished();
  t.deepEqual([code, err], [1, 'error: expected an output that takes what is printed, got ENOSPC\n']);
});

const LINE =
  /^2026-06-01 \d\d:\d\d:\d\d {2}2\d\d\.\d V {2}\d+ W {2}balance [12]\.\d{3} kWh {2}lasts – {2}supply on \(supplied\) {2}network up {2}readings (\d+)\/\1 verified {2}error [+−]?0\.\d+ %$/;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  test(`without a terminal the live simulation prints plain lines until ${signal}, and ends with 0`, async t => {
    const simulation = new M3ter(['simulate', '--chain', 'none', '--no-page', '--speed', '300']);
    await simulation.until('it has printed two lines', () => simulation.out.split('\n').length > 2);
    simulation.signal(signal);
    const { code, out, err } = await simulation.finished();
    t.deepEqual([code, err], [0, '']);
    for (const line of out.trimEnd().split('\n')) t.regex(line, LINE);
  });

test('the live simulation ends by itself after its days', async t => {
  const { code, out, err } = await m3ter(
    'simulate',
    '--chain',
    'none',
    '--no-page',
    '--days',
    '0.01',
    '--speed',
    '5000',
  );
  t.deepEqual([code, err], [0, '']);
  t.regex(out, /^2026-06-01 06:14:24 .*\n$/m);
});

test('the live simulation says where its page is, which is there until it ends', async t => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-live-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const report = join(folder, 'report.html');
  const simulation = new M3ter(['simulate', '--chain', 'none', '--port', `${port}`, '--report', report]);
  await simulation.until('it has printed a line', () => simulation.out.includes('\n'));
  const [, url = ''] = /^page (\S+)$/m.exec(simulation.out) ?? [];
  t.true(url.startsWith(`http://127.0.0.1:${port}/#`), simulation.out);
  const page = await fetch(url);
  t.deepEqual([page.status, /<title>.*M3ter.*<\/title>/i.test(await page.text())], [200, true]);
  simulation.signal('SIGINT');
  t.deepEqual([(await simulation.finished()).code, simulation.err], [0, '']);
  await t.throwsAsync(fetch(url));
  t.regex(readFileSync(report, 'utf8'), /m3ter simulate, seed 1/);
});

test('the live view in a terminal shows the meter, obeys its keys, and gives the terminal back', async t => {
  const view = new M3ter(['simulate', '--speed', '60'], { terminal: true });
  const sees = (pattern: RegExp) => view.until(`it shows ${pattern}`, () => pattern.test(view.out));
  await sees(/balance.*\d\.\d{3} kWh/i);
  view.type('b');
  await sees(/1 kWh bought/);
  view.type('u');
  await sees(/plug pulled/);
  view.type('q');
  const { code, out } = await view.finished();
  t.is(code, 0);
  t.true(out.lastIndexOf('\u001b[?25h') > out.lastIndexOf('\u001b[?25l'), 'the cursor is back');
  t.regex(out, /(?<!-)icanon\s*$/, 'so is the line mode');
});
