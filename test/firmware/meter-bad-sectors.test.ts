import test from 'ava';
import { kilowattHours, wattHours } from '../../firmware/energy';
import { detailTextOf, type MeterRig, MINUTE } from '../support/meter-rig';
import { inNode } from '../support/meter-test';
import { sectorsOf, spoil } from './ledger/sector-faults';

/** One that has credit. */
async function credited(): Promise<MeterRig> {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(kilowattHours(20));
  return rig;
}

/** Consumes 10 Wh, which is saved, so many times. */
async function consume(rig: MeterRig, times: number): Promise<void> {
  for (let k = 0; k < times; k++) {
    rig.draw(3600, 10_000);
    await rig.pass(10_000);
  }
}

test('a meter whose ledger has two sound sectors left supplies, counts, and restarts with what it had', async t => {
  const rig = await credited();
  for (const sector of sectorsOf(rig.flash.ledger))
    if (sector !== 5 && sector !== 11) spoil(rig.flash.ledger, sector, 'refuses');
  await consume(rig, 250);
  t.is(rig.meter.fault, undefined);
  t.true(rig.relay.isClosed());
  rig.meter.stop();
  rig.cutPower();
  await rig.boot();
  rig.draw(0);
  t.is(rig.meter.fault, undefined);
  t.true(rig.relay.isClosed());
  t.is(rig.meter.registers?.imported, wattHours(2500));
  t.is(rig.meter.registers?.credited, kilowattHours(20));
});

test('a meter whose ledger has one sound sector left opens the relay, and loses nothing that it stated', async t => {
  const rig = await credited();
  const { ledger } = rig.flash;
  await consume(rig, 3);
  await rig.pass(15 * MINUTE);
  const inUse = ledger.erases.findIndex(
    (_, k) => k + 1 === ledger.erases.length || ledger.erases[k + 1] === 0,
  );
  for (const sector of sectorsOf(ledger)) if (sector !== inUse) spoil(ledger, sector, 'refuses');
  for (let k = 0; k < 200 && rig.meter.fault === undefined; k++) await consume(rig, 1);
  t.is(rig.meter.fault, 'flash-failed');
  t.false(rig.relay.isClosed());
  await rig.pass(30 * MINUTE);
  const stated = rig.readings().at(-1)?.imported ?? 0;
  t.true(stated > 0);
  rig.cutPower();
  await rig.boot();
  t.is(rig.meter.fault, 'flash-failed');
  t.false(rig.relay.isClosed());
  rig.cutPower();
  for (const sector of sectorsOf(ledger)) ledger.wearOut(sector, undefined);
  await rig.boot();
  t.is(rig.meter.fault, undefined);
  t.is(rig.meter.registers?.credited, kilowattHours(20));
  t.true((rig.meter.registers?.imported ?? 0) >= stated);
});

test('each sector that fails is an event, once a run, in the ledger as in the log, also while opening', async t => {
  const rig = await credited();
  for (const sector of sectorsOf(rig.flash.ledger))
    if (sector % 2 === 0) spoil(rig.flash.ledger, sector, 'refuses');
  for (const sector of sectorsOf(rig.flash.log)) if (sector === 1) spoil(rig.flash.log, sector, 'refuses');
  const told = () => rig.eventsOf('sectorRetired').map(detailTextOf);
  await consume(rig, 300);
  await rig.pass(24 * 60 * MINUTE);
  const ledger = [0, 2, 4, 6, 8, 10, 12, 14].map(sector => `ledger ${sector}`);
  t.deepEqual(told().sort(), [...ledger, 'log 1'].sort());
  rig.meter.stop();
  rig.cutPower();
  rig.received.length = 0;
  await rig.boot();
  await consume(rig, 300);
  t.true(told().length > 0);
  t.is(new Set(told()).size, told().length);
});
