import test from 'ava';
import { readStatus } from '../../../firmware/attest/status';
import { kilowattHours, milliwattHours, wattHours } from '../../../firmware/energy';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { calibrationOf, TYPICAL_HARDWARE, type World } from '../../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../../hosts/mock/phasor';
import { Prng } from '../../../hosts/mock/prng';
import { linkOffer, MeterRig, MINUTE, OWNER, STRANGER } from '../../support/meter-rig';
import { inNode, meterTestEverywhere, onXs, type RigOf } from '../../support/meter-test';

/** W at which a window of 1 s is 1 Wh */
const ONE_WATT_HOUR_A_SECOND = 3600;
const places: Readonly<Record<'in Node' | 'on XS', RigOf>> = {
  'in Node': inNode,
  'on XS': options => new MeterRig({ ...options, makeMeter: onXs() }),
};

meterTestEverywhere('an unlinked meter stays open and says nothing, but measures', async (t, rigOf) => {
  const rig = rigOf();
  await rig.boot();
  for (let k = 0; k < 10; k++) rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
  await rig.pass(20 * MINUTE);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'unlinked' });
  t.is(rig.meter.registers?.imported, wattHours(10));
  t.is(rig.meter.measurement.phases[0]?.activePower, ONE_WATT_HOUR_A_SECOND);
  t.is(rig.meter.lastReading, 0);
  t.deepEqual(rig.wire, []);
  t.true(rig.flash.log.read(0, rig.flash.log.size).every(byte => byte === 0xff));
});

meterTestEverywhere('a meter is linked by an offer that its owner signed, once', async (t, rigOf) => {
  const rig = rigOf();
  await rig.boot();
  const { roles } = linkOffer({}, STRANGER);
  t.deepEqual(rig.meter.link({ ...linkOffer(), m3terId: 8n }), { ok: false, fault: 'wrong-meter' });
  t.deepEqual(rig.meter.link({ ...linkOffer(), roles: roles.subarray(9) }), {
    ok: false,
    fault: 'malformed',
  });
  t.true(rig.meter.link(linkOffer()).ok);
  t.is(rig.meter.m3terId, 7n);
  t.deepEqual(rig.meter.link(linkOffer({ m3terId: 8n }, STRANGER)), { ok: false, fault: 'linked-already' });
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'exhausted' });
});

meterTestEverywhere(
  'a credit closes the relay in its turn, and the window that uses it up opens it',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    t.true(rig.meter.isOnline);
    await rig.instruct('credit', { credited: wattHours(3), withdrawn: milliwattHours(0) });
    t.deepEqual(rig.switched, [true]);
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    t.true(rig.relay.isClosed());
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    t.false(rig.relay.isClosed());
    t.is(rig.meter.balance, milliwattHours(0));
    await rig.pass(0);
    const last = rig.readings().at(-1);
    t.is(last?.debited, wattHours(3));
    t.like(readStatus(last?.status ?? 0), { relayClosed: false, lowBalance: true, reason: 'exhausted' });
  },
);

meterTestEverywhere(
  'readings form a chain that verifies, and what is acknowledged is not sent again',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.instruct('credit', { credited: kilowattHours(1), withdrawn: milliwattHours(0) });
    for (let k = 0; k < 8; k++) {
      rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
      await rig.pass(15 * MINUTE);
    }
    const readings = rig.readings();
    t.is(readings.length, rig.meter.lastReading);
    t.is(readings.at(-1)?.imported, wattHours(8));
    await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
    t.is(rig.meter.acknowledged, rig.meter.lastReading);
    const { length } = rig.received;
    rig.network.online = false;
    await rig.pass(MINUTE);
    t.false(rig.meter.isOnline);
    rig.network.online = true;
    await rig.pass(5 * MINUTE);
    t.true(rig.meter.isOnline);
    t.deepEqual(
      rig.received.slice(length).filter(({ stream }) => stream === 'reading'),
      [],
    );
  },
);

meterTestEverywhere(
  'directives that are garbage, forged or for others are refused, counted, and change nothing',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.instruct('credit', { credited: 1e6, withdrawn: 0 }, STRANGER);
    await rig.publish('credit', new Uint8Array(70).fill(0xa1));
    await rig.publish('credit', new Uint8Array(0));
    await rig.publish('supply', new Uint8Array(3000).fill(0x9f));
    t.deepEqual(rig.meter.refused, { 'wrong-signer': 1, malformed: 2 });
    t.is(rig.meter.balance, milliwattHours(0));
    t.true(rig.meter.isOnline);
  },
);

meterTestEverywhere(
  'bytes from the network that are no MQTT end the connection, and the next one is as good',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    rig.babble(new Uint8Array(500).fill(0xff));
    await rig.pass(100);
    t.false(rig.meter.isOnline);
    await rig.pass(5 * MINUTE);
    t.true(rig.meter.isOnline);
  },
);

test('a power cut in any flash operation of a credit on XS leaves all of it or nothing', async t => {
  let cuts = 0;
  for (let cut = 1, wasCut = true; wasCut; cut++) {
    const rig = places['on XS']();
    t.teardown(() => rig.cutPower());
    await rig.bootLinked();
    rig.flash.power.cutAt(cut);
    await rig.instruct('credit', { credited: wattHours(5), withdrawn: milliwattHours(0) });
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    await rig.pass(15 * MINUTE);
    wasCut = !rig.isOn;
    if (wasCut) cuts++;
    rig.cutPower();
    t.false(rig.relay.isClosed());
    await rig.boot();
    const { fault, registers } = rig.meter;
    t.is(fault, undefined);
    t.true([0, wattHours(5)].includes(registers?.credited ?? -1), `cut ${cut}: ${registers?.credited}`);
    t.is(rig.relay.isClosed(), registers?.credited === wattHours(5));
    await rig.instruct('credit', { credited: wattHours(5), withdrawn: milliwattHours(0) });
    t.true(rig.relay.isClosed());
    t.true(rig.readings().length <= rig.meter.lastReading);
    rig.cutPower();
  }
  t.true(cuts > 5);
});

/** 1 kW at 230 V */
const LINE: World = time => ({
  voltage: 230,
  frequency: 50,
  phases: [{ activePower: 1000, reactivePower: 200 }],
  until: time + 1e9,
});

/** A life in which everything occurs once. */
async function live(rig: MeterRig): Promise<void> {
  await rig.bootLinked();
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('windows'), 0);
  frontEnd.capture(160);
  for (let k = 0; k < 20; k++) rig.sensor.window(frontEnd.next(LINE));
  const capture = frontEnd.takeCapture();
  if (capture !== undefined) rig.sensor.captured(capture);
  rig.sensor.fault('saturation');
  await rig.instruct('credit', { credited: wattHours(20), withdrawn: milliwattHours(0) });
  for (let k = 0; k < 30; k++) {
    rig.draw(ONE_WATT_HOUR_A_SECOND + k / 7, 1000);
    await rig.pass(MINUTE);
  }
  await rig.instruct('credit', { credited: wattHours(5), withdrawn: milliwattHours(0) }, STRANGER);
  await rig.instruct('acknowledged', { sequence: 2 });
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, sealed: 0 }, OWNER);
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 2 });
  rig.network.online = false;
  await rig.pass(40 * MINUTE);
  rig.network.online = true;
  await rig.pass(20 * MINUTE);
}

test('on XS a meter writes and sends byte for byte what it does in Node', async t => {
  const options = { calibration: calibrationOf(TYPICAL_HARDWARE) };
  const ofNode = places['in Node'](options);
  const ofXs = places['on XS'](options);
  t.teardown(() => ofXs.cutPower());
  await live(ofNode);
  await live(ofXs);
  t.true(ofNode.readings().length > 5);
  t.deepEqual(Buffer.concat(ofXs.wire), Buffer.concat(ofNode.wire));
  t.deepEqual(ofXs.image(), ofNode.image());
  t.deepEqual(ofXs.switched, ofNode.switched);
  t.deepEqual(ofXs.meter.registers, ofNode.meter.registers);
  t.deepEqual(ofXs.meter.measurement, ofNode.meter.measurement);
  t.deepEqual(ofXs.meter.address, ofNode.meter.address);
});

for (const [first, second] of [
  ['in Node', 'on XS'],
  ['on XS', 'in Node'],
] as const)
  test(`a meter that lived ${first} goes on ${second}`, async t => {
    const before = places[first]({ calibration: calibrationOf(TYPICAL_HARDWARE) });
    await live(before);
    before.meter.stop();
    const { registers, lastReading } = before.meter;
    before.cutPower();
    const after = places[second]({ flash: before.flash });
    t.teardown(() => after.cutPower());
    await after.boot();
    t.deepEqual(after.meter.registers, registers);
    t.is(after.meter.m3terId, 7n);
    t.true(after.meter.lastReading >= lastReading);
    await after.pass(15 * MINUTE);
    t.true(after.meter.lastReading > lastReading);
  });
