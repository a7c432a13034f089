import test from 'ava';
import { concat } from '../../firmware/bytes';
import { DIRECTIVES } from '../../firmware/directives/directive';
import { type MeterRig, STRANGER } from '../support/meter-rig';
import { HONEST, LOOT, ORDER, Siege } from './attack';

const OWN = ['reading', 'event', 'telemetry', 'history', 'online', 'link'];
const TOPIC = 'm3ter/100/7/';

/** A genuine credit that the meter has not seen: nothing but the way it comes is wrong. */
function genuine(rig: MeterRig): Uint8Array {
  return rig.directive('credit', { credited: LOOT, withdrawn: 0 });
}

/** PUBLISH of MQTT 5, also as no library would write it. @param flags its first byte */
function publishPacket(
  topic: Uint8Array,
  payload: Uint8Array,
  { flags = 0x30, properties = [0] as readonly number[] } = {},
) {
  const id = flags & 0x06 ? [0, 1] : [];
  const body = concat(
    Uint8Array.of(topic.length >> 8, topic.length & 0xff),
    topic,
    Uint8Array.from([...id, ...properties]),
    payload,
  );
  const length = body.length < 128 ? [body.length] : [(body.length & 0x7f) | 0x80, body.length >> 7];
  return concat(Uint8Array.from([flags, ...length]), body);
}

function text(topic: string): Uint8Array {
  return new Uint8Array(Buffer.from(topic));
}

/** A test that what comes in such a packet is not obeyed: it ends the connection, and the next is as any. */
function breach(title: string, make: (rig: MeterRig) => Uint8Array): void {
  test(title, async t => {
    const siege = await Siege.lay();
    const { rig } = siege;
    const connections = rig.peers.length;
    rig.babble(make(rig));
    await rig.settle();
    t.false(rig.meter.isOnline);
    await rig.pass(60_000);
    t.is(rig.peers.length, connections + 1);
    await siege.assertHeld(t);
  });
}

/** A test that a genuine credit on such a topic is refused as unknown. */
function stray(title: string, ...topics: readonly string[]): void {
  test(title, async t => {
    const siege = await Siege.lay();
    const { rig } = siege;
    for (const topic of topics) rig.babble(publishPacket(text(topic), genuine(rig)));
    await rig.settle();
    t.deepEqual(siege.refused(), { unknown: topics.length });
    await siege.assertHeld(t);
  });
}

stray(
  'wildcards in the topic that the broker publishes on',
  'm3ter/+/7/credit',
  'm3ter/100/+/credit',
  'm3ter/#',
  '#',
  '+',
  `${TOPIC}#`,
  `${TOPIC}+`,
);
stray(
  'a shared subscription as a topic',
  `$share/meters/${TOPIC}credit`,
  `$queue/${TOPIC}credit`,
  '$SYS/broker/uptime',
  `$SYS/${TOPIC}credit`,
);
stray(
  'the name of a directive in other letters, with more behind it, or in front',
  ...['Credit', 'CREDIT', 'credit/', 'credit/x', '/credit', ' credit', 'credit ', 'credits'].map(
    name => TOPIC + name,
  ),
);
stray(
  "names of the language's own",
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'].map(name => TOPIC + name),
);
stray('a topic of 256 characters', TOPIC.padEnd(256, 'x'));
stray('the name of no directive', TOPIC, `${TOPIC}update`, '/', 'm3ter');
stray('a credit on the topics that are for the meter to speak on', ...OWN.map(name => TOPIC + name));

breach('a topic of 257 characters', rig => publishPacket(text(TOPIC.padEnd(257, 'x')), genuine(rig)));
breach('an empty topic', rig => publishPacket(text(''), genuine(rig)));
breach('an empty topic with an alias that was never made', rig =>
  publishPacket(text(''), genuine(rig), { properties: [3, 0x23, 0, 1] }),
);
breach('a topic with a zero in it', rig => publishPacket(text(`${TOPIC}credit\0`), genuine(rig)));
breach('a topic that is no UTF-8', rig =>
  publishPacket(concat(text(TOPIC), Uint8Array.of(0xc0, 0xae)), genuine(rig)),
);
breach('a topic of full-width letters', rig => publishPacket(text(`${TOPIC}ｃｒｅｄｉｔ`), genuine(rig)));
breach('a genuine credit with QoS 2, which was never granted', rig =>
  publishPacket(text(`${TOPIC}credit`), genuine(rig), { flags: 0x34 }),
);
breach('a genuine credit with QoS 3, which there is not', rig =>
  publishPacket(text(`${TOPIC}credit`), genuine(rig), { flags: 0x36 }),
);
breach('a genuine credit in a message beyond 4 KiB', rig =>
  publishPacket(text(`${TOPIC}credit`), concat(genuine(rig), new Uint8Array(5000))),
);
breach('a genuine credit whose topic is longer than its packet', rig => {
  const packet = publishPacket(text(`${TOPIC}credit`), genuine(rig));
  packet[3] = 0xff;
  return packet;
});
breach('a genuine credit whose properties are longer than its packet', rig =>
  publishPacket(text(`${TOPIC}credit`), genuine(rig), { properties: [0xff, 0xff, 0xff, 0x7f] }),
);

test('garbage on every topic at once, retained, again with each connection', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  const kinds = Object.keys(DIRECTIVES);
  for (const stream of [...kinds, ...OWN]) await rig.publish(stream, Uint8Array.of(0xa1, 1, 2));
  t.deepEqual(siege.refused(), { malformed: kinds.length, unknown: OWN.length });
  await siege.assertHeld(t);
  for (let k = 0; k < 3; k++) {
    rig.peers.at(-1)?.stream.destroy();
    await rig.pass(120_000);
    t.true(rig.meter.isOnline);
  }
  t.is(siege.refused().unknown, 4 * OWN.length);
  t.is(rig.meter.registers?.credited, HONEST);
});

test('empty messages, retained or not, on every topic', async t => {
  const siege = await Siege.lay();
  for (const stream of [...Object.keys(DIRECTIVES), ...OWN, ''])
    await siege.rig.publish(stream, new Uint8Array(0));
  t.deepEqual(siege.refused(), {});
  await siege.assertHeld(t);
});

test('one message many times, said to be sent for the first time or again', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  const forged = rig.directive('credit', { credited: LOOT, withdrawn: 0 }, STRANGER);
  for (const flags of [0x30, 0x31, 0x32, 0x33, 0x3a, 0x3b])
    rig.babble(publishPacket(text(`${TOPIC}credit`), forged, { flags }));
  await rig.settle();
  t.deepEqual(siege.refused(), { 'wrong-signer': 6 });
  await siege.assertHeld(t);
});

test('forged directives one byte at a time', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  const forged = rig.directive('supply', { ...ORDER, version: 99, state: 0 }, STRANGER);
  for (const byte of publishPacket(text(`${TOPIC}supply`), forged)) {
    rig.babble(Uint8Array.of(byte));
    await rig.network.settled();
  }
  await rig.settle();
  t.deepEqual(siege.refused(), { 'wrong-signer': 1 });
  await siege.assertHeld(t);
});
