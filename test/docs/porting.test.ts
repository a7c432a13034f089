import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import type { Clock } from '../../firmware/host';
import type { Meter } from '../../firmware/meter';
import { VirtualClock } from '../../hosts/mock/clock';
import { codesIn, readDocument, snippet, tableOf } from './document';

interface Snippet {
  startMeter(clock: Clock, onRelay: (closed: boolean) => void): Meter;
}

const DOCUMENT = readDocument('porting.md');

test('the table of ports has each port of firmware/host.ts, and says which are optional', t => {
  const [, ports = ''] =
    /export interface Host \{\n(.*?)\n\}/s.exec(readFileSync('firmware/host.ts', 'utf8')) ?? [];
  const declared = [...ports.matchAll(/readonly (\w+)(\??):/g)].map(([, name, mark]) => [name, mark === '?']);
  const documented = tableOf(DOCUMENT, 'The ports').map(([name = '', promise = '']) => [
    codesIn(name)[0],
    promise.startsWith('optional'),
  ]);
  t.deepEqual(documented, declared);
});

test('the documented host runs a meter, which supplies the lamp and counts what it draws', async t => {
  const { startMeter } = await snippet<Snippet>(DOCUMENT, 'porting');
  const clock = new VirtualClock();
  const told: boolean[] = [];
  const meter = startMeter(clock, closed => told.push(closed));
  t.teardown(() => meter.stop());
  clock.advance(60_000);
  t.deepEqual(told, [true]);
  t.is(meter.measurement.phases[0]?.activePower, 100);
  t.true((meter.registers?.imported ?? 0) > 1500);
});

test('each file and folder that is named exists', t => {
  for (const name of new Set(codesIn(DOCUMENT)))
    if (/^(firmware|hosts|test|simulator|scripts)\//.test(name)) t.true(existsSync(name), name);
});
