import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { addressText } from '../../../firmware/attest/address';
import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { LINK as LINK_TYPE } from '../../../firmware/attest/signed-types';
import { toHex } from '../../../firmware/bytes';
import { milliwattHours } from '../../../firmware/energy';
import { reportCommand } from '../../../simulator/cli/report';
import { signDirective } from '../../../simulator/directive';
import { logLines } from '../../../simulator/report/log-lines';
import type { MeterTotals, ReportData } from '../../../simulator/report/report-data';
import { readTopicLog } from '../../../simulator/report/topic-log';
import { reportOfTopicLog } from '../../../simulator/report/topic-log-report';
import { connectClient, startMeter, startOperator } from '../../support/live-meter';
import { M3ter } from '../../support/m3ter';
import { crypto, key, REGISTRY as REGISTRY_BYTES } from '../../support/messages';
import { DEVICE, LINK } from '../../support/meter-rig';
import { startMosquitto } from '../../support/mosquitto';
import { device, domain, makeReadings } from '../../support/readings';
import { runCommand } from '../../support/run-command';
import { until } from '../../support/session';
import { embeddedData, parseCsv } from './report-page';

const REGISTRY = ['--registry', '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02'];
const DEVICE_TEXT = addressText(crypto, device.address);
const LINES = makeReadings(6).map(
  (envelope, k) => `${1_800_000_000 + k}.5 m3ter/100/7/reading ${toHex(envelope)}`,
);

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'm3ter-report-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** That `claimed` is the seventh. */
function linkMessage(signer: typeof device, claimed: Uint8Array): Uint8Array {
  const claim = { m3terId: 7n, device: claimed };
  return encodeEnvelope(LINK_TYPE, claim, domain.sign(LINK_TYPE, claim, signer.privateKey));
}

interface Made {
  readonly totals: readonly MeterTotals[];
  readonly data: ReportData;
  readonly lines: readonly string[];
}

/** The report of a log with these lines. */
async function report(t: ExecutionContext, lines: readonly string[], ...words: string[]): Promise<Made> {
  const path = folder(t);
  const [log, out] = [join(path, 'log.txt'), join(path, 'report.html')];
  writeFileSync(log, lines.map(line => `${line}\n`).join(''));
  const ran = await runCommand(reportCommand, log, '--out', out, '--json', ...REGISTRY, ...words);
  t.is(ran.exitCode, 0, ran.error);
  const data = embeddedData(readFileSync(out, 'utf8'));
  const totals = data.meters.map(meter => meter.totals);
  t.deepEqual(JSON.parse(ran.lines.join('\n')).meters, totals);
  return { totals, data, lines: ran.lines };
}

test('what mosquitto_sub has written down of a live meter is told, and verifies', async t => {
  const { port, kill } = await startMosquitto();
  t.teardown(kill);
  const url = `mqtt://127.0.0.1:${port}`;
  const client = await connectClient(t, url);
  const format = ['-v', '-t', 'm3ter/#', '-F', '%U %t %x'];
  const listener = spawn('mosquitto_sub', ['-h', '127.0.0.1', '-p', `${port}`, ...format]);
  t.teardown(() => listener.kill('SIGKILL'));
  let heard = '';
  listener.stdout.on('data', text => {
    heard += text;
  });
  await client.publishAsync('m3ter/ready', 'x', { retain: true });
  await until('the listener listens', () => heard.includes('m3ter/ready'));
  const operator = await startOperator(t, url);
  const meter = startMeter(t, { host: '127.0.0.1', port });
  operator.sell(LINK.m3terId, milliwattHours(2_000_000));
  await until('it supplies', () => meter.supply.closed);
  const made = Math.max(5, meter.lastReading);
  await until('readings are acknowledged, also of after that', () => meter.acknowledged > made);
  await client.publishAsync('m3ter/done', 'x');
  await until('the log has all of it', () => heard.includes('m3ter/done'));
  meter.stop();

  const lines = heard.split('\n').slice(0, -1);
  const { data, totals } = await report(t, lines);
  const [{ readings, ...rest } = t.fail('no meter')] = totals;
  t.like(rest, { m3terId: '7', chainId: 100, device: addressText(crypto, DEVICE.address) });
  t.is(readings.received, readings.made);
  t.like(readings, { verified: readings.made, unverified: 0, missing: 0, malformed: 0 });
  t.true(readings.acknowledged >= 2 && readings.acknowledged <= readings.made);
  const { tables } = data.meters[0] ?? t.fail('no meter');
  t.deepEqual(
    tables.purchases.map(({ energy }) => energy),
    [2_000_000],
  );
  t.true(
    tables.events.every(({ verified }) => verified) &&
      tables.events.some(({ name }) => name === 'creditApplied'),
  );
  t.like(tables.supply.at(-1), { closed: true, reason: 'supplied' });
  t.deepEqual(data.notes.slice(1), [`2 of ${lines.length} lines are no message of a meter, and left out.`]);
});

test('a reading that is missing is a gap, a forged one is not verified, and a repeated one counts once', async t => {
  const [first = '', second = '', third = '', , fifth = '', sixth = ''] = LINES;
  const forged = sixth.replace(/..$/, '1b');
  const { totals, data } = await report(
    t,
    [first, second, second, third, fifth, forged, sixth],
    '--device',
    DEVICE_TEXT,
  );
  t.like(totals[0]?.readings, { made: 6, received: 6, verified: 4, unverified: 2, missing: 1 });
  const [meter] = data.meters;
  t.like(meter?.tables.gaps[0], { first: 4, last: 4 });
  t.deepEqual(
    // of the forged one counts when it came
    meter?.tables.readings
      .filter(({ verified }) => !verified)
      .map(({ sequence, problems }) => [sequence, problems]),
    [
      [6, 'wrong-signer'],
      [5, 'out-of-sequence'],
    ],
  );
  t.like(totals[0], { imported: 6000, credited: 0, balance: -6000 });
  t.is(meter?.tables.energy.length, 5, 'of the forged one no energy is told');
});

test('several meters and chains are told apart, and --device is for one only', async t => {
  const other = LINES.map(line => line.replace('/100/7/', '/1/7/'));
  const { totals } = await report(t, [...LINES, ...other]);
  t.deepEqual(
    totals.map(({ chainId, m3terId }) => [chainId, m3terId]),
    [
      [100, '7'],
      [1, '7'],
    ],
  );
  t.is(totals[0]?.readings.verified, 6);
  t.not(
    totals[1]?.device,
    DEVICE_TEXT,
    'what was signed for another chain has another signer, who means nothing',
  );
  const path = join(folder(t), 'log.txt');
  writeFileSync(path, [...LINES, ...other].join('\n'));
  const ran = await runCommand(
    reportCommand,
    path,
    ...REGISTRY,
    '--device',
    DEVICE_TEXT,
    '--out',
    `${path}.html`,
  );
  t.deepEqual([ran.exitCode, ran.error], [2, '--device: expected a log of one meter, got one of 2']);
});

test('a claim that its device signed says whose the readings must be; one by another is none', async t => {
  const { topic, payload } = signDirective(domain, key(2), 'acknowledged', { m3terId: 7n, sequence: 3 });
  const stranger = makeReadings(1, { signer: key(66) }).map(
    envelope => `1800000000 m3ter/100/7/reading ${toHex(envelope)}`,
  );
  const claimed = `1800000000 m3ter/100/7/link ${toHex(linkMessage(device, device.address))}`;
  const lie = `1800000000 m3ter/100/7/link ${toHex(linkMessage(key(66), device.address))}`;
  const { totals } = await report(t, [
    ...stranger,
    lie,
    claimed,
    ...LINES,
    `1800000009 ${topic} ${toHex(payload)}`,
  ]);
  t.is(totals[0]?.device, DEVICE_TEXT);
  t.like(totals[0]?.readings, { verified: 6, unverified: 1, acknowledged: 3 });
});

test('lines of garbage are counted, whatever they are', async t => {
  const path = join(folder(t), 'log.txt');
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...LINES).chain(good => fc.nat(good.length - 1).map(end => good.slice(0, end))),
    fc.constantFrom(
      '1 m3ter/1/1/reading zz',
      '1 m3ter/1/1/reading abc',
      'x m3ter/1/1/reading 00',
      '1 m3ter/1/1/reading',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), async lines => {
      writeFileSync(path, lines.join('\n'));
      let messages = 0;
      const place = await readTopicLog(path, ({ payload }) => {
        messages++;
        t.true(payload.length > 0);
      });
      t.true(place.foreign + messages <= place.lines);
    }),
    { numRuns: 50 },
  );
});

test('lines of any length and of any bytes are read piece by piece', async t => {
  const path = join(folder(t), 'log.txt');
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 50 }).map(bytes => Buffer.from(bytes.filter(byte => byte !== 10))),
    fc.integer({ min: 8000, max: 150_000 }).map(length => Buffer.alloc(length, 'a')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async lines => {
      const content = Buffer.concat(lines.flatMap(bytes => [bytes, Buffer.from('\n')]));
      writeFileSync(path, content);
      const read: string[] = [];
      let bytes = 0;
      for await (const piece of logLines(path)) {
        read.push(...piece.lines);
        bytes = piece.bytesRead;
      }
      t.deepEqual(
        read,
        lines.map(text => text.toString('latin1').slice(0, 8192)),
      );
      t.is(bytes, content.length);
    }),
    { numRuns: 50 },
  );
});

test('what is too long for a reading is none, half a byte is no message, and a line of megabytes is one line', async t => {
  const long = `1800000000 m3ter/100/7/reading ${'ab'.repeat(2_000_000)}`;
  const half = '1800000000 m3ter/100/7/reading abc';
  const { totals, data } = await report(t, [...LINES, long, half, 'x'.repeat(3_000_000)]);
  t.like(totals[0]?.readings, { verified: 6, malformed: 1 });
  t.is(data.notes[1], '2 of 9 lines are no message of a meter, and left out.');
});

test('what is interrupted is a report of what was read until then, and says so', async t => {
  const path = join(folder(t), 'log.txt');
  // more than is read at once: each reading a hundred times, of which one counts
  writeFileSync(path, LINES.map(line => `${line}\n`.repeat(100)).join(''));
  const { size } = statSync(path);
  const abort = new AbortController();
  const told: string[] = [];
  const data = await reportOfTopicLog(crypto, path, {
    ...{ registry: REGISTRY_BYTES, size, signal: abort.signal },
    onProgress: (doing, done, of) => {
      told.push(doing);
      t.true(done > 0 && done <= of && of === size);
      if (doing === 'checked') abort.abort();
    },
  });
  const { partial, meters } = data;
  t.deepEqual([...new Set(told)], ['looking who speaks', 'checked']);
  t.true(partial !== undefined && partial.read > 0 && partial.read < partial.of);
  t.like(partial, { of: size, unit: 'bytes' });
  const { verified = 0, missing } = meters[0]?.totals.readings ?? {};
  t.true(verified > 0 && verified < 6);
  t.is(missing, 0);
  t.is(partial?.until, 1_800_000_000 + verified - 1);
});

test('on a terminal it shows how far it is, and Ctrl-C leaves a page that says it is partial', async t => {
  const path = folder(t);
  const [log, out] = [join(path, 'log.txt'), join(path, 'report.html')];
  // for which it takes half a minute
  writeFileSync(log, (LINES[0] as string).concat('\n').repeat(100_000));
  const m3ter = new M3ter(['report', log, '--out', out, '--json', ...REGISTRY], { terminal: true });
  await m3ter.until('it checks', () => /checked: [\d,]+ of [\d,]+ bytes/.test(m3ter.out));
  m3ter.type('\x03');
  const { code, out: said } = await m3ter.finished();
  t.is(code, 130);
  const { partial } = JSON.parse(/\{"title.*\}/.exec(said)?.[0] ?? '');
  t.true(partial.read < partial.of);
  t.deepEqual(embeddedData(readFileSync(out, 'utf8')).partial, partial);
});

test('a log that was cut off, and nothing at all, still make a report', async t => {
  const cut = await report(t, [...LINES.slice(0, 2), (LINES[2] as string).slice(0, -41)]);
  t.like(cut.totals[0]?.readings, { verified: 2 });
  const none = await report(t, ['garbage']);
  t.deepEqual(none.totals, []);
});

test('the files of CSV hold what is plotted, and nothing is overwritten that was there', async t => {
  const path = folder(t);
  const [log, out, csv] = [join(path, 'log.txt'), join(path, 'report.html'), join(path, 'csv')];
  writeFileSync(log, LINES.join('\n'));
  const words = [log, '--out', out, '--csv', csv, ...REGISTRY];
  const ran = await runCommand(reportCommand, ...words);
  t.deepEqual(ran.lines[0], 'M3ter 7: 6 of 6 readings verified, 0 missing; 0 events, 0 purchases');
  const [meter] = embeddedData(readFileSync(out, 'utf8')).meters;
  const energy = parseCsv(readFileSync(join(csv, 'm3ter-100-7-energy.csv'), 'utf8'));
  t.deepEqual(
    energy.slice(1).map(cells => cells.map(Number)),
    meter?.tables.energy.map(row => [row.at, row.imported, row.exported, row.balance]),
  );
  const again = await runCommand(reportCommand, ...words);
  t.is(again.exitCode, 1);
  t.regex(again.error, /^--out .*: expected no such file, or --force, got one$/);
  rmSync(out);
  t.regex(
    (await runCommand(reportCommand, ...words)).error,
    /^--csv .*: expected no such file, or --force, got one$/,
  );
  t.is((await runCommand(reportCommand, ...words, '--force')).exitCode, 0);
});

test('what is missing on the command line, or in its place, is said in one line', async t => {
  const log = join(folder(t), 'log.txt');
  t.regex((await runCommand(reportCommand, log, ...REGISTRY, '--out', `${log}.html`)).error, /got ENOENT$/);
  const device = await runCommand(reportCommand, '/dev/null', ...REGISTRY, '--out', `${log}.html`);
  t.deepEqual(
    [device.exitCode, device.error],
    [1, 'topic log /dev/null: expected a file, got a pipe or a device'],
  );
  writeFileSync(log, '');
  const ran = await runCommand(reportCommand, log, '--out', `${log}.html`);
  t.deepEqual([ran.exitCode, ran.error], [2, 'expected --registry ADDRESS for a topic log, got none']);
});
