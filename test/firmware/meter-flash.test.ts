import test from 'ava';
import { kilowattHours, milliwattHours, wattHours } from '../../firmware/energy';
import { crc32 } from '../../firmware/ledger/crc32';
import type { EmulatedFlash, Wear } from '../../hosts/mock/flash';
import { detailNumberOf, detailTextOf, linkOffer, type MeterRig, MINUTE } from '../support/meter-rig';
import { inNode, meterTest, type RigOf } from '../support/meter-test';

const sectorsOf = (region: EmulatedFlash) =>
  Array.from({ length: region.size / region.sectorSize }, (_, k) => k);

function wearOut(region: EmulatedFlash, wear: Wear | undefined): void {
  for (const sector of sectorsOf(region)) region.wearOut(sector, wear);
}

function erase(region: EmulatedFlash): void {
  for (const sector of sectorsOf(region)) region.erase(sector);
}

/** One that has supplied 50 Wh, and said so. */
async function supplying(rigOf: RigOf): Promise<MeterRig> {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  for (let k = 0; k < 5; k++) {
    rig.draw(3600, 10_000);
    await rig.pass(10_000);
  }
  await rig.pass(15 * MINUTE);
  return rig;
}

for (const wear of ['refuses', 'ignores'] as const) {
  test(`a ledger that ${wear} what is written opens the relay, states nothing, and recovers with the flash`, async t => {
    const rig = await supplying(inNode);
    const made = rig.meter.lastReading;
    wearOut(rig.flash.ledger, wear);
    rig.draw(3600, 1000);
    await rig.pass(15 * MINUTE);
    rig.draw(3600, 1000);
    t.is(rig.meter.fault, 'flash-failed');
    t.false(rig.relay.isClosed());
    t.is(rig.meter.supply.reason, 'fault');
    await rig.credit(kilowattHours(2));
    await rig.pass(60 * MINUTE);
    t.is(rig.meter.lastReading, made);
    t.is(rig.meter.registers?.imported, wattHours(52));
    t.is(rig.meter.registers?.credited, kilowattHours(1));
    t.is(rig.meter.refused['flash-failed'], 1);
    t.is(detailTextOf(rig.eventsOf('ledgerFault')[0] ?? rig.lastEvent()), 'flash-failed');
    wearOut(rig.flash.ledger, undefined);
    await rig.pass(15 * MINUTE);
    rig.draw(0);
    t.is(rig.meter.fault, undefined);
    t.true(rig.relay.isClosed());
    await rig.settle();
    t.is(rig.readings().at(-1)?.imported, wattHours(52));
  });

  test(`a log that ${wear} what is written is a fault that costs nobody the supply, and mends with the flash`, async t => {
    const rig = await supplying(inNode);
    const made = rig.meter.lastReading;
    wearOut(rig.flash.log, wear);
    await rig.pass(75 * MINUTE);
    rig.draw(0);
    t.is(rig.meter.fault, 'flash-failed');
    t.true(rig.relay.isClosed());
    t.is(rig.meter.lastReading, made);
    wearOut(rig.flash.log, undefined);
    await rig.pass(15 * MINUTE);
    t.is(rig.meter.fault, undefined);
    t.is(rig.meter.lastReading, made + 1);
    await rig.settle();
    t.is(rig.readings().at(-1)?.sequence, made + 1);
  });

  meterTest(
    `flash that ${wear} everything from the start gives a meter that measures, open, and does not throw`,
    async (t, rigOf) => {
      const rig = rigOf();
      wearOut(rig.flash.ledger, wear);
      wearOut(rig.flash.log, wear);
      await rig.boot();
      rig.draw(1000);
      t.is(rig.meter.fault, 'flash-failed');
      t.deepEqual(rig.meter.link(linkOffer()), { ok: false, fault: 'flash-failed' });
      t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
      t.is(rig.meter.registers, undefined);
      t.is(rig.meter.measurement.phases[0]?.activePower, 1000);
    },
  );
}

test('a few worn sectors of the log cost nothing', async t => {
  const rig = await supplying(inNode);
  for (const sector of [1, 2, 3]) rig.flash.log.wearOut(sector, 'refuses');
  await rig.pass(15 * MINUTE * 60);
  t.is(rig.meter.fault, undefined);
  t.is(rig.readings().length, rig.meter.lastReading);
});

meterTest(
  'a corrupt ledger opens the relay, hides the registers, is silent, and measuring goes on',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    rig.cutPower();
    const { ledger } = rig.flash;
    for (let offset = 0; offset < ledger.size; offset += 16) ledger.damage(offset, 0x55);
    const before = ledger.read(0, ledger.size);
    const { received, peers } = rig;
    const silence = [received.length, peers.length];
    rig.displays.length = 0;
    await rig.boot();
    rig.draw(1000);
    await rig.pass(60 * MINUTE);
    t.is(rig.meter.fault, 'corrupt');
    t.false(rig.relay.isClosed());
    t.is(rig.meter.supply.reason, 'fault');
    t.is(rig.meter.measurement.phases[0]?.activePower, 1000);
    t.is(rig.meter.registers, undefined);
    t.true(rig.displays.length > 0);
    t.true(rig.displays.every(({ balance, reason }) => balance === undefined && reason === 'fault'));
    t.deepEqual([received.length, peers.length], silence);
    t.deepEqual(ledger.read(0, ledger.size), before);
    t.deepEqual(rig.meter.link(linkOffer()), { ok: false, fault: 'corrupt' });
  },
);

meterTest(
  'a lost ledger beside a log that was used is a fault, not a meter with all credit unused',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    for (let boot = 0; boot < 2; boot++) {
      rig.cutPower();
      if (boot === 0) erase(rig.flash.ledger);
      await rig.boot();
      rig.draw(1000);
      t.is(rig.meter.fault, 'corrupt');
      t.is(rig.meter.supply.reason, 'fault');
      t.is(rig.meter.registers, undefined);
      t.is(rig.meter.balance, undefined);
      t.deepEqual(rig.meter.link(linkOffer()), { ok: false, fault: 'corrupt' });
    }
  },
);

test('a ledger of some time ago, below what was stated since, is a fault and states nothing', async t => {
  const rig = await supplying(inNode);
  const { ledger } = rig.flash;
  const old = ledger.read(0, ledger.size);
  rig.draw(3600, 10_000);
  await rig.pass(15 * MINUTE);
  rig.cutPower();
  erase(ledger);
  ledger.write(0, old);
  const { length } = rig.received;
  const log = rig.flash.log.read(0, rig.flash.log.size);
  await rig.boot();
  await rig.pass(30 * MINUTE);
  t.is(rig.meter.fault, 'corrupt');
  t.deepEqual(rig.flash.log.read(0, rig.flash.log.size), log);
  t.false(rig.relay.isClosed());
  t.is(rig.received.length, length);
});

meterTest(
  'where the log is lost the chain goes on, nothing is credited anew, and an event tells what is missing',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    rig.draw(3600, 10_000);
    await rig.pass(15 * MINUTE);
    const made = rig.meter.lastReading;
    rig.cutPower();
    erase(rig.flash.log);
    await rig.boot();
    t.is(rig.meter.fault, undefined);
    t.true(rig.relay.isClosed());
    // One that it waits for its turn, and one that it supplies.
    t.is(rig.meter.lastReading, made + 2);
    t.is(rig.meter.balance, milliwattHours(kilowattHours(1) - wattHours(10)));
    t.is(rig.readings().length, made + 2);
    t.deepEqual(rig.eventsOf('logLost').map(detailNumberOf), [made]);
    rig.cutPower();
    await rig.boot();
    t.is(rig.eventsOf('logLost').length, 1);
    t.is(rig.readings().length, made + 4);
  },
);

test('a lost log of which everything was acknowledged is no loss', async t => {
  const rig = await supplying(inNode);
  await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
  await rig.pass(15 * MINUTE);
  await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
  rig.meter.stop();
  rig.cutPower();
  erase(rig.flash.log);
  await rig.boot();
  t.is(rig.eventsOf('logLost').length, 0);
  t.is(rig.readings().length, rig.meter.lastReading);
});

for (const region of ['ledger', 'log'] as const) {
  test(`a ${region} in a newer format is left as it is, and the relay open`, async t => {
    const rig = await supplying(inNode);
    rig.cutPower();
    const flash = rig.flash[region];
    makeNewer(flash, region === 'ledger' ? 12 : 84);
    const before = flash.read(0, flash.size);
    await rig.boot();
    rig.draw(1000);
    await rig.pass(30 * MINUTE);
    t.is(rig.meter.fault, 'newer-format');
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
    t.is(rig.meter.measurement.phases[0]?.activePower, 1000);
    t.false(rig.meter.isOnline);
    t.deepEqual(flash.read(0, flash.size), before);
  });
}

/** Puts another format, and the CRC that goes with it, into the header of the first sector. */
function makeNewer(region: EmulatedFlash, crcAt: number): void {
  const header = region.read(0, crcAt);
  header[7] = 2;
  const crc = crc32(header);
  const stored = region.read(crcAt, 4);
  region.damage(7, 1 ^ 2);
  for (let k = 0; k < 4; k++)
    region.damage(crcAt + k, (stored[k] as number) ^ ((crc >>> (24 - 8 * k)) & 0xff));
}
