import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { LINK_FILE } from '../../../hosts/link-document';
import { openFlash } from '../../../hosts/node/flash';
import type { MeterStatus } from '../../../simulator/cli/meter-status';
import { reportCommand } from '../../../simulator/cli/report';
import { linkDocument, makeLinkOffer } from '../../../simulator/link-document';
import { reportOfState } from '../../../simulator/report/state-directory';
import { M3ter } from '../../support/m3ter';
import { crypto, key, REGISTRY } from '../../support/messages';
import { M3TER_ID } from '../../support/readings';
import { runCommand } from '../../support/run-command';
import { embeddedData } from './report-page';

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'm3ter-report-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** All files of a folder, and what is in them. */
function contents(path: string): Record<string, string> {
  return Object.fromEntries(readdirSync(path).map(name => [name, readFileSync(join(path, name), 'hex')]));
}

test('of a meter that runs and of one that has ended: all it has kept is told, and nothing of it changes', async t => {
  const [state, out] = [join(folder(t), 'meter'), join(folder(t), 'report.html')];
  const chain = { chainId: 100, registry: REGISTRY };
  const offer = makeLinkOffer(crypto, key(1), { ...chain, m3terId: M3TER_ID, operator: key(1).address });
  mkdirSync(state);
  writeFileSync(join(state, LINK_FILE), linkDocument(crypto, offer));
  const words = ['meter', '--state', state, '--load', '1000', '--speed', '900', '--json', '--status', '0.2'];
  const meter = new M3ter(words);
  const status = () => JSON.parse(meter.lastLine ?? '{}') as Partial<MeterStatus>;
  await meter.until('it has made four readings', () => (status().readings?.made ?? 0) >= 4);

  const live = await runCommand(reportCommand, state, '--out', out, '--json');
  t.is(live.exitCode, 0, live.error);
  const [{ readings }] = JSON.parse(live.lines.join('\n')).meters;
  t.true(readings.made >= 4);
  t.like(readings, { received: readings.made, verified: readings.made, missing: 0, acknowledged: 0 });

  meter.signal('SIGTERM');
  await meter.finished();
  const before = contents(state);
  const ended = await runCommand(reportCommand, state, '--out', out, '--json', '--force');
  t.is(ended.exitCode, 0, ended.error);
  t.deepEqual(contents(state), before);
  const { meters } = embeddedData(readFileSync(out, 'utf8'));
  t.deepEqual(
    meters.map(({ totals }) => totals),
    JSON.parse(ended.lines.join('\n')).meters,
  );
  const { made } = status().readings ?? {};
  const reported = meters[0] ?? t.fail('no meter');
  t.like(reported.totals, { m3terId: '7', chainId: 100, credited: 0, balance: 0 });
  t.true(reported.totals.readings.made >= (made ?? 0));
  t.like(reported.tables.supply.at(-1), { closed: false, reason: 'exhausted' });
  t.true(
    reported.tables.events.some(
      ({ name, detail, verified }) => name === 'linked' && detail === '7' && verified,
    ),
  );
  const abort = new AbortController();
  const partial = await reportOfState(crypto, state, {
    signal: abort.signal,
    onProgress: (_, read) => read === 2 && abort.abort(),
  });
  const { made: all, received } = partial.meters[0]?.totals.readings ?? {};
  t.deepEqual([all, received], [2, 2]);
  t.like(partial.partial, {
    read: 2,
    of: reported.counts.readings + reported.counts.events,
    unit: 'entries',
  });
  t.deepEqual(
    reported.tables.readings.map(({ sequence, verified }) => [sequence, verified]),
    Array.from({ length: reported.totals.readings.made }, (_, index) => [index + 1, true]),
  );
});

test('what is no state of a linked meter is said in one line', async t => {
  const empty = folder(t);
  const out = join(empty, 'report.html');
  const report = (...words: string[]) => runCommand(reportCommand, ...words, '--out', out);
  t.regex((await report(empty)).error, /log\.flash: expected a readable file, got ENOENT$/);
  const unused = join(folder(t), 'meter');
  openFlash(unused).close();
  t.regex((await report(unused)).error, /expected the state of a linked meter, got one that is not$/);
  writeFileSync(join(unused, 'log.flash'), 'short');
  t.regex((await report(unused)).error, /log\.flash: expected a meter's flash, .*, got 5 bytes$/);
  const ran = await report(unused, '--registry', `0x${'11'.repeat(20)}`);
  t.is(ran.exitCode, 2);
});

test('a ledger of noise is a fault, not a crash', async t => {
  const state = join(folder(t), 'meter');
  openFlash(state).close();
  writeFileSync(join(state, 'ledger.flash'), new Uint8Array(65_536).fill(0x5a));
  const ran = await runCommand(reportCommand, state, '--out', join(state, 'report.html'));
  t.is(ran.exitCode, 1);
  t.regex(ran.error, /expected a ledger that can be read, got corrupt$/);
});
