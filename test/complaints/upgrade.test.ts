import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import { kilowattHours, wattHours } from '../../firmware/energy';
import { encodeCounters } from '../../firmware/ledger/counters-record';
import { Journal } from '../../firmware/ledger/journal';
import {
  encodeSettings,
  INITIAL_COUNTERS,
  INITIAL_SETTINGS,
  type Registers,
} from '../../firmware/ledger/state';
import { type EmulatedFlash, type EmulatedMeterFlash, emulatedFlash } from '../../hosts/mock/flash';
import { MINUTE, QUARTER } from '../support/meter-rig';
import { inNode, meterTest } from '../support/meter-test';

/** What users of open meters complain about, as far as an upgrade goes: each test is named after it. */

/**
 * Both regions as the firmware of format 1 left them (that of commit a03b24c, on the rig of its tests): a meter of which 5 readings were made and 2 acknowledged, whose
 * roles are of version 2, and its order 3, an hour after it was linked.
 */
function formerFlash(seed: string): EmulatedMeterFlash {
  const text = readFileSync(new URL('flash-format-1.json', import.meta.url), 'utf8');
  const images = JSON.parse(text) as { readonly ledger: string; readonly log: string };
  const flash = emulatedFlash(seed);
  for (const region of ['ledger', 'log'] as const)
    flash[region].write(0, gunzipSync(Buffer.from(images[region], 'base64')));
  return flash;
}

const FORMER: Registers & { readonly acknowledged: number } = {
  ...INITIAL_COUNTERS,
  imported: wattHours(1338),
  exported: wattHours(48),
  debited: wattHours(1338),
  credited: kilowattHours(5),
  withdrawn: wattHours(200),
  acknowledged: 2,
};
const AN_HOUR_LATER = QUARTER + 7200;

meterTest(
  'counters overwritten by an upgrade: what the format before left, registers, readings and orders, goes on from there',
  async (t, rigOf) => {
    const rig = rigOf({ flash: formerFlash('upgrade'), time: AN_HOUR_LATER });
    await rig.boot();
    t.like(rig.meter.registers, FORMER);
    t.is(rig.meter.fault, undefined);
    t.true(rig.meter.supply.closed);
    t.is(rig.meter.m3terId, 7n);
    // The readings that nobody had acknowledged, and the two that are made at a start: one chain.
    await rig.pass(MINUTE);
    t.deepEqual(
      rig.readings({ gaps: true }).map(({ sequence }) => Number(sequence)),
      [3, 4, 5, 6, 7],
    );
    t.deepEqual(rig.eventsOf('logLost'), []);
    await rig.instruct('supply', { version: 2, state: 0, powerLimit: 0, until: 0 });
    await rig.credit(kilowattHours(4));
    t.true(rig.meter.supply.closed);
    for (let k = 0; k < 10; k++) rig.draw(3600, 1000);
    await rig.pass(15 * MINUTE);
    rig.cutPower();
    await rig.boot();
    const grown = wattHours(1348);
    t.like(rig.meter.registers, { ...FORMER, imported: grown, debited: grown });
    t.is(Number(rig.readings({ gaps: true }).at(-1)?.imported), grown);
  },
);

test('counters overwritten by an upgrade: the first boot of the new firmware may be cut at any of its writes', async t => {
  let cuts = 0;
  for (let cut = 1, wasCut = true; wasCut; cut++)
    for (let tear = 0; tear < 3; tear++) {
      const rig = inNode({ flash: formerFlash(`cut ${cut}, tear ${tear}`), time: AN_HOUR_LATER });
      await rig.boot(cut);
      wasCut = !rig.isOn;
      if (wasCut) cuts++;
      rig.cutPower();
      await rig.boot();
      t.like(rig.meter.registers, FORMER, `cut ${cut}, tear ${tear}`);
      t.true(rig.meter.supply.closed);
      await rig.pass(MINUTE);
      t.notThrows(() => rig.readings({ gaps: true }), `cut ${cut}, tear ${tear}`);
    }
  t.true(cuts > 12);
});

/** Saves a record of a format that is yet to come, as a firmware after this one will. */
function saveNewer(region: EmulatedFlash, kind: 'settings' | 'counters'): Uint8Array {
  const initial = {
    settings: encodeSettings(INITIAL_SETTINGS),
    counters: encodeCounters(INITIAL_COUNTERS),
  };
  const journal = Journal.open(region, initial);
  if (!journal.ok) throw new Error(journal.fault);
  const record = Uint8Array.of(99, ...journal.value.snapshots[kind].slice(1), 1, 2, 3);
  journal.value.save(kind, record);
  return record;
}

for (const kind of ['settings', 'counters'] as const)
  test(`counters overwritten by an upgrade: after one and back again, newer ${kind} are left as they are, and nothing is supplied`, async t => {
    const flash = formerFlash(kind);
    const record = saveNewer(flash.ledger, kind);
    const rig = inNode({ flash, time: AN_HOUR_LATER });
    const before = flash.ledger.read(0, flash.ledger.size);
    for (let boot = 0; boot < 20; boot++) {
      await rig.boot();
      rig.draw(3600, 10_000);
      await rig.pass(30 * MINUTE);
      t.is(rig.meter.fault, 'newer-format');
      t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
      t.is(rig.meter.registers, undefined);
      rig.cutPower();
    }
    t.deepEqual(flash.ledger.read(0, flash.ledger.size), before);
    const journal = Journal.open(flash.ledger, { settings: record, counters: record });
    t.deepEqual(journal.ok && journal.value.snapshots[kind], record);
  });
