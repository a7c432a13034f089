import test from 'ava';
import type { Packet } from 'mqtt-packet';
import { answer, type Peer } from '../../support/peer';
import { start } from '../../support/scripted-session';
import { bytes } from '../../support/session';

/* Brokers that dawdle, break off in the middle, or lie about how much is to come. */

const HOUR = 3_600_000;
const subscriptions = ['down'];

/** What a broker is to send, byte by byte, when it is asked for. */
class Trickle {
  readonly #waiting: number[] = [];
  #peer: Peer | undefined;

  readonly onPacket = (packet: Packet, peer: Peer): void => {
    this.#peer = peer;
    peer.write = part => void this.#waiting.push(...part);
    answer(packet, peer);
  };

  /** False when there was nothing to send. */
  sendByte(): boolean {
    const byte = this.#waiting.shift();
    if (byte !== undefined) this.#peer?.stream.write(Uint8Array.of(byte));
    return byte !== undefined;
  }
}

test('a whole session may come a byte at a time: CONNACK, SUBACK, messages and answers', async t => {
  const trickle = new Trickle();
  const { session, diary, peers, network } = await start(trickle.onPacket, { subscriptions });
  const drip = async () => {
    while (trickle.sendByte()) await network.settled();
  };
  await drip();
  t.is(diary.online, 1);
  let acknowledged = 0;
  session.publish('up', bytes('x'), { qos: 1, retain: false }, () => acknowledged++);
  await network.settled();
  await drip();
  t.is(acknowledged, 1);
  for (const byte of peers[0]?.encode(message('slow')) ?? []) {
    peers[0]?.stream.write(Uint8Array.of(byte));
    await network.settled();
  }
  t.deepEqual(diary.messages, [{ topic: 'down', text: 'slow' }]);
  t.deepEqual(diary.faults, []);
});

test('a byte now and then does not hold a stage open beyond its patience', async t => {
  for (const [stage, fault] of [
    ['connect', 'connack-timeout'],
    ['subscribe', 'suback-timeout'],
  ] as const) {
    const { diary, peers, pass } = await start(
      (packet, peer) => packet.cmd !== stage && answer(packet, peer),
      { subscriptions },
    );
    // of a CONNACK, or of a PUBLISH, that is to have 100 bytes
    const drops = [stage === 'connect' ? 0x20 : 0x30, 100, 0, 4, 0x64, 0x6f];
    for (const byte of drops) {
      peers[0]?.stream.write(Uint8Array.of(byte));
      await pass(4999);
    }
    t.deepEqual(diary.faults, []);
    await pass(10);
    t.deepEqual(diary.faults, [fault]);
  }
});

test('a byte now and then in place of an answer to a ping is no sign of life', async t => {
  const { diary, peers, pass } = await start(
    (packet, peer) => packet.cmd !== 'pingreq' && answer(packet, peer),
    { keepAlive: 60 },
  );
  for (const byte of [0x30, 0xff, 0x10, 0, 4, 1, 2, 3, 4, 5, 6, 7]) {
    peers[0]?.stream.write(Uint8Array.of(byte));
    await pass(10_000);
  }
  t.deepEqual(diary.offline, ['ping-timeout']);
});

test('a broker that closes its half, at whatever stage and in the middle of a packet, is left and asked again', async t => {
  for (const stage of ['connect', 'subscribe', 'publish'] as const) {
    let isRude = true;
    const { session, diary, network, clock, pass } = await start(
      (packet, peer) => {
        if (!isRude || packet.cmd !== stage) return answer(packet, peer);
        isRude = false;
        peer.stream.end(Uint8Array.of(0x30, 100, 0));
      },
      { subscriptions },
    );
    session.publish('up', bytes('x'), { qos: 1, retain: false });
    await network.settled();
    // of bytes that are out of place as well
    t.true(['closed', 'unanswered', 'protocol'].includes(diary.faults[0] as string), `${diary.faults}`);
    await pass(10_000);
    t.true(session.isOnline);
    t.is(network.connections, 1);
    session.stop();
    await network.settled();
    t.deepEqual([network.connections, clock.pending], [0, 0]);
  }
});

test('lengths that are lies end the connection, or nothing; the next is as good as ever', async t => {
  const lies: readonly (readonly number[])[] = [
    [0x30, 5, 0xff, 0xff, 0x61, 0, 0], // a topic beyond the packet
    [0x30, 3, 0, 2, 0x61], // ... by one byte
    [0x32, 4, 0, 1, 0x61, 0], // half an identifier
    [0x30, 4, 0, 1, 0x61, 0x7f], // properties beyond it
    [0x30, 5, 0, 1, 0x61, 0xff, 0xff], // a length without an end
    [0x40, 4, 0, 1, 0, 0x7f],
    [0x40, 1, 0],
    [0x90, 3, 0, 1, 0x7f],
    [0xe0, 2, 0, 0x7f],
    [0xe0, 9, 0, 7, 0x1f, 0xff, 0xff, 0x61, 0x62, 0x63, 0x64], // a text of 65,535 bytes
    [0xd0, 0x80, 0x80, 0x80, 0x80, 1],
    [0xd0, 3, 1, 2, 3],
  ];
  for (const lie of lies) {
    const { session, diary, peers, network, pass } = await start(answer, { subscriptions });
    peers[0]?.stream.write(Uint8Array.from(lie));
    await network.settled();
    const allowed = new Set(['malformed', 'protocol', 'dismissed']);
    t.true(diary.faults.length <= 1 && diary.faults.every(fault => allowed.has(fault)), `${lie}`);
    await pass(10_000);
    t.true(session.isOnline, `${lie}`);
    peers.at(-1)?.publish('down', bytes('after'));
    await network.settled();
    t.deepEqual(diary.messages.at(-1), { topic: 'down', text: 'after' }, `${lie}`);
  }
});

test('24 hours without a message are held by pings, and nothing grows', async t => {
  const { session, diary, peers, clock, network, pass } = await start(answer, {
    subscriptions,
    keepAlive: 60,
  });
  await pass(HOUR);
  const { pending } = clock;
  const { length } = peers[0]?.packets ?? [];
  await pass(23 * HOUR);
  t.true(session.isOnline);
  t.deepEqual([diary.online, diary.faults], [1, []]);
  t.deepEqual([clock.pending, network.connections, peers.length], [pending, 1, 1]);
  const aDay = peers[0]?.got('pingreq').length ?? 0;
  t.true(aDay >= 1440 && aDay <= 2880, `${aDay} pings`);
  t.true((peers[0]?.packets.length ?? 0) <= 24 * length);
});

test('24 hours of a broker that says nothing at all: tried again and again, and online when it speaks', async t => {
  let isMute = true;
  const { session, diary, peers, clock, network, pass } = await start(
    (packet, peer) => !isMute && answer(packet, peer),
    { subscriptions },
  );
  await pass(24 * HOUR);
  t.deepEqual(new Set(diary.faults), new Set(['connack-timeout']));
  // 30 s of patience, and waits of up to 5 minutes
  t.true(peers.length > 24 * 60 * (60 / 330) && peers.length < 24 * 60 * 2, `${peers.length} attempts`);
  t.true(network.connections <= 1 && clock.pending <= 3);
  isMute = false;
  await pass(400_000);
  t.true(session.isOnline);
});

function message(text: string): Packet {
  const payload = Buffer.from(text);
  return { cmd: 'publish', topic: 'down', payload, qos: 0, dup: false, retain: false };
}
