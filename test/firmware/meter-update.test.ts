import { createHash } from 'node:crypto';
import test from 'ava';
import { kilowattHours } from '../../firmware/energy';
import { MockSlots, mockImage } from '../../hosts/mock/slots';
import { bringing, FileServer } from '../support/file-server';
import { detailNumberOf, detailTextOf, type MeterRig, MINUTE, OPERATOR, OWNER } from '../support/meter-rig';
import { inNode, meterTest, type RigOf } from '../support/meter-test';

const IMAGE = mockImage(2, 10_000);
const RELEASE = {
  version: 2,
  hash: Uint8Array.from(createHash('sha256').update(IMAGE).digest()),
  url: 'http://files/m3ter/2.bin',
};

/** A meter of version 1 with two slots that supplies a load, and a server that has version 2. */
async function supplying(rigOf: RigOf) {
  const slots = new MockSlots({ size: 65_536, version: 1 });
  const files = new FileServer(bringing(IMAGE));
  const rig = rigOf({ slots, files, restarts: true });
  await rig.bootLinked();
  await rig.credit(kilowattHours(5));
  return { rig, slots, files };
}

/** With a window every second, as from a sensor that is well. */
async function live(rig: MeterRig, seconds: number): Promise<void> {
  for (let k = 0; k < seconds; k++) {
    if (rig.isOn) rig.powered(() => rig.draw(rig.relay.isClosed() ? 1000 : 0, 1000));
    await rig.pass(1000);
  }
}

meterTest(
  'a release by the owner is received, started and kept, and the meter loses nothing',
  async (t, rigOf) => {
    const { rig, slots, files } = await supplying(rigOf);
    await live(rig, 10);
    await rig.instruct('firmware', RELEASE, OWNER);
    t.is(files.requests.length, 1);
    t.deepEqual(rig.eventsOf('updateReady').map(detailNumberOf), [2]);
    const before = rig.meter.registers?.imported ?? 0;
    await live(rig, 11);
    t.true((rig.meter.registers?.imported ?? 0) > before, 'it measures while it waits');
    t.true(rig.relay.isClosed());
    await live(rig, 4);
    t.deepEqual(rig.board.starts, ['power', 'requested']);
    t.like(slots, { version: 2, isOnTrial: true });
    await live(rig, 610);
    t.false(slots.isOnTrial);
    t.deepEqual(rig.eventsOf('updateConfirmed').map(detailNumberOf), [2]);
    t.is(files.requests.length, 1);
    t.is(rig.meter.registers?.credited, kilowattHours(5));
    t.true(rig.relay.isClosed());
    t.is(rig.readings().length, rig.meter.lastReading);
    t.deepEqual(rig.meter.refused, {});
  },
);

meterTest('firmware whose sensor is mute is taken back in a minute, for good', async (t, rigOf) => {
  const { rig, slots, files } = await supplying(rigOf);
  await rig.instruct('firmware', RELEASE, OWNER);
  await live(rig, 14);
  t.true(slots.isOnTrial);
  rig.sensor.hush();
  await rig.pass(2 * MINUTE);
  t.deepEqual(rig.board.starts, ['power', 'requested', 'rollback']);
  t.like(slots, { version: 1, isOnTrial: false });
  t.deepEqual(rig.eventsOf('boot').map(detailTextOf).slice(-1), ['rollback']);
  t.deepEqual(rig.eventsOf('updateRefused').map(detailNumberOf), [2]);
  await live(rig, 60);
  t.is(files.requests.length, 1);
  t.is(rig.meter.balance !== undefined && rig.relay.isClosed(), true);
  t.deepEqual(rig.meter.refused, {});
});

meterTest(
  'without a slot for it a release is refused, and so are one by the operator and one by nobody',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.instruct('firmware', RELEASE, OWNER);
    t.deepEqual(rig.meter.refused, { unsupported: 1 });
    t.is(detailTextOf(rig.lastEvent()), 'firmware unsupported');
    await rig.instruct('firmware', RELEASE, OPERATOR);
    t.deepEqual(rig.meter.refused, { unsupported: 1, 'wrong-signer': 1 });
  },
);

test('firmware that does not reach its broker within the hour is taken back', async t => {
  const { rig, slots } = await supplying(inNode);
  await rig.instruct('firmware', RELEASE, OWNER);
  await live(rig, 11);
  rig.network.online = false;
  await live(rig, 3610);
  t.is(slots.version, 1);
  t.is(rig.board.starts.at(-1), 'rollback');
  rig.network.online = true;
  await live(rig, 400);
  t.deepEqual(rig.eventsOf('updateRefused').map(detailNumberOf), [2]);
});

test('a power cut at any moment of the reception leaves the firmware that runs, which begins anew', async t => {
  for (let pieces = 0; pieces <= 10; pieces++) {
    const { rig, slots, files } = await supplying(inNode);
    files.answer = bringing(IMAGE, 1024 * pieces);
    await rig.instruct('firmware', RELEASE, OWNER);
    if (pieces < 10) {
      t.is(Buffer.concat(slots.received).length, 1024 * pieces);
      rig.cutPower();
      files.answer = bringing(IMAGE);
      await rig.boot();
      t.is(slots.version, 1);
    }
    t.deepEqual(rig.eventsOf('updateReady').map(detailNumberOf), [2], `${pieces}`);
    await live(rig, 14);
    t.is(slots.version, 2, `${pieces}`);
    rig.cutPower();
  }
});

test('a reset drops what its former owner has released, and keeps what was tried', async t => {
  const { rig, slots, files } = await supplying(inNode);
  files.answer = bringing(IMAGE, 5000);
  await rig.instruct('firmware', RELEASE, OWNER);
  await rig.instruct('reset', { version: 1 }, OWNER);
  files.answer = bringing(IMAGE);
  await live(rig, 600);
  t.is(files.requests.length, 1);
  t.is(slots.version, 1);
});

test('a power cut between the image and its number costs one more attempt at most', async t => {
  const { rig, slots, files } = await supplying(inNode);
  rig.flash.power.cutAt(1);
  await rig.instruct('firmware', RELEASE, OWNER);
  t.false(rig.isOn);
  await rig.boot();
  t.like(slots, { version: 2, isOnTrial: true });
  rig.cutPower();
  await rig.boot();
  t.is(slots.version, 1);
  t.deepEqual(rig.eventsOf('updateRefused').map(detailNumberOf), [2]);
  await live(rig, 60);
  t.is(files.requests.length, 1);
});
