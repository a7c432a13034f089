import test from 'ava';
import { decodeEnvelope } from '../../../firmware/attest/envelope';
import { LINK as LINK_TYPE } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { kilowattHours, wattHours } from '../../../firmware/energy';
import { Broker } from '../../../simulator/broker/broker';
import { Operator } from '../../../simulator/operator';
import { crypto } from '../../support/messages';
import { DEVICE, LINK, linkOffer, MeterRig, MINUTE, OPERATOR } from '../../support/meter-rig';
import { pass } from '../../support/session';

const DAY = 24 * 60 * MINUTE;

test('a meter announces itself, and who it is under its signature, before all else', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  t.deepEqual(
    rig.received.slice(0, 2).map(({ stream }) => stream),
    ['online', 'link'],
  );
  const claim = decodeEnvelope(LINK_TYPE, rig.payloads('link')[0] as Uint8Array);
  if (!claim.ok) return t.fail(claim.fault);
  const { message, signature } = claim.value;
  t.deepEqual(message, { m3terId: 7n, device: DEVICE.address });
  t.deepEqual(new SigningDomain(crypto, LINK).signer(LINK_TYPE, message, signature), DEVICE.address);
});

test('it listens to its own directives, and what it says is as the design has it', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.pass(15 * MINUTE);
  const [connect] = rig.peers[0]?.got('connect') ?? [];
  const [subscribe] = rig.peers[0]?.got('subscribe') ?? [];
  if (connect?.cmd !== 'connect' || subscribe?.cmd !== 'subscribe') return t.fail();
  t.like(connect.will, { topic: 'm3ter/100/7/online', qos: 1, retain: true });
  t.is(connect.will?.payload.toString(), 'false');
  const topics = subscribe.subscriptions.map(({ topic, qos }) => `${topic} ${qos}`);
  t.deepEqual(
    topics,
    ['credit', 'tariff', 'supply', 'policy', 'roles', 'reset', 'acknowledged', 'firmware'].map(
      stream => `m3ter/100/7/${stream} 1`,
    ),
  );
  const manner = new Map<string, string>();
  for (const packet of rig.peers[0]?.got('publish') ?? [])
    if (packet.cmd === 'publish') manner.set(packet.topic, `QoS ${packet.qos} retain ${packet.retain}`);
  t.deepEqual(Object.fromEntries(manner), {
    'm3ter/100/7/online': 'QoS 0 retain true',
    'm3ter/100/7/link': 'QoS 1 retain true',
    'm3ter/100/7/event': 'QoS 1 retain false',
    'm3ter/100/7/reading': 'QoS 1 retain false',
    'm3ter/100/7/telemetry': 'QoS 0 retain true',
  });
});

test('a message on the topic of another meter, or of nobody, is refused though it is well signed', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  const credit = rig.directive('credit', { credited: 1e6, withdrawn: 0 });
  const topics = [
    'm3ter/100/8/credit',
    'm3ter/100/77/credit',
    'm3ter/100/7/credits',
    'm3ter/100/7/',
    '',
    'x',
  ];
  for (const topic of topics.filter(text => text !== '')) rig.peers[0]?.publish(topic, credit, 1);
  await rig.settle();
  t.is(rig.meter.registers?.credited, kilowattHours(0));
  t.deepEqual(rig.meter.refused, { unknown: 5 });
});

test('a PUBACK alone removes no reading: each connection brings it again until the acknowledgement', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.pass(30 * MINUTE);
  t.is(rig.payloads('reading').length, 3);
  const reconnect = async () => {
    rig.received.length = 0;
    rig.peers.at(-1)?.stream.destroy();
    await rig.pass(3 * MINUTE);
    return rig.payloads('reading').length;
  };
  t.is(await reconnect(), 3);
  await rig.instruct('acknowledged', { sequence: 2 });
  t.is(await reconnect(), 1);
  await rig.instruct('acknowledged', { sequence: 3 });
  t.is(await reconnect(), 0);
});

test('a broker that never acknowledges gets the same readings with each connection, and no others twice', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  rig.answers = false;
  await rig.pass(61 * MINUTE);
  t.true(rig.peers.length > 2);
  rig.answers = true;
  await rig.pass(10 * MINUTE);
  t.is(rig.readings().length, rig.meter.lastReading);
  for (const peer of rig.peers) {
    const sent = peer
      .got('publish')
      .filter(packet => packet.cmd === 'publish' && packet.topic.endsWith('/reading'));
    const payloads = sent.map(packet => (packet.cmd === 'publish' ? packet.payload.toString('hex') : ''));
    t.is(new Set(payloads).size, payloads.length);
  }
});

test('delivered events are not sent again after a restart, undelivered ones are', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.credit(wattHours(1));
  const delivered = rig.events().length;
  rig.network.online = false;
  rig.draw(3600, 1000);
  // Cut off.
  rig.draw(0);
  await rig.pass(MINUTE);
  rig.cutPower();
  rig.network.online = true;
  rig.received.length = 0;
  await rig.boot();
  t.deepEqual(
    rig.events().map(({ sequence }) => sequence),
    [1, 2, 3].map(k => delivered + k),
  );
});

test('a week without network is caught up with in one connection, in order, and acknowledged', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.credit(kilowattHours(100));
  rig.network.online = false;
  await rig.pass(7 * DAY);
  rig.network.online = true;
  rig.received.length = 0;
  await rig.pass(10 * MINUTE);
  const sequences = rig.readings().map(({ sequence }) => sequence);
  t.is(sequences.at(-1), rig.meter.lastReading);
  t.is(sequences.length, rig.meter.lastReading);
  t.true(sequences.length > 7 * 96);
  t.is(rig.payloads('reading').length, sequences.length);
  await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
  t.is(rig.meter.acknowledged, rig.meter.lastReading);
});

test('with a real broker and operator every reading is verified and acknowledged, over outages and power cuts', async t => {
  const broker = await Broker.open();
  const operator = new Operator(crypto, OPERATOR, LINK, broker.client('operator'));
  await operator.open(LINK.m3terId);
  const network = broker.network();
  const rig = new MeterRig({ network });
  const live = (milliseconds: number) => pass(milliseconds, rig.clock, network);
  rig.assemble().start();
  t.true(rig.meter.link(linkOffer()).ok);
  operator.sell(LINK.m3terId, kilowattHours(2));
  await live(20 * MINUTE);
  t.true(rig.relay.isClosed());
  network.online = false;
  for (let hour = 0; hour < 3; hour++) {
    rig.draw(1000, 20_000);
    await live(60 * MINUTE);
  }
  rig.cutPower();
  network.online = true;
  rig.assemble().start();
  await live(20 * MINUTE);
  const { readings, acknowledged } = operator.account(LINK.m3terId);
  t.is(acknowledged, rig.meter.lastReading);
  t.is(rig.meter.acknowledged, rig.meter.lastReading);
  t.deepEqual(
    readings.flatMap(({ problems }) => problems),
    [],
  );
  rig.cutPower();
  await operator.close();
  await broker.close();
});
