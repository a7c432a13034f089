import test from 'ava';
import type { Packet } from 'mqtt-packet';
import type { SessionOptions } from '../../../firmware/link/session';
import { VirtualClock } from '../../../hosts/mock/clock';
import { answer, type Peer, peerNetwork } from '../../support/peer';
import { start } from '../../support/scripted-session';
import { bytes, makeSession } from '../../support/session';

function isAcceptable(packet: Packet, peer: Peer): boolean {
  return packet.cmd !== 'connect' || peer.version === 4;
}

test('a broker that refuses MQTT 5, in its words or those of 3.1.1, is spoken to in 3.1.1 from then on', async t => {
  for (const code of [0x84, 1]) {
    const { diary, peers, pass } = await start((packet, peer) => {
      if (isAcceptable(packet, peer)) answer(packet, peer);
      else peer.stream.write(Uint8Array.of(0x20, code === 1 ? 2 : 3, 0, code, ...(code === 1 ? [] : [0])));
    });
    t.deepEqual(diary.faults, ['version']);
    await pass(2000);
    t.is(diary.online, 1);
    peers.at(-1)?.stream.destroy();
    await pass(4000);
    t.is(diary.online, 2);
    t.deepEqual(
      peers.map(peer => peer.version),
      [5, 4, 4],
    );
  }
});

test('a broker that just closes on a CONNECT of MQTT 5 is tried with 3.1.1', async t => {
  const { diary, peers, pass } = await start((packet, peer) => {
    if (isAcceptable(packet, peer)) answer(packet, peer);
    else peer.stream.destroy();
  });
  t.deepEqual(diary.faults, ['unanswered']);
  await pass(2000);
  t.is(diary.online, 1);
  t.deepEqual(
    peers.map(peer => peer.version),
    [5, 4],
  );
});

test('a broker that has spoken MQTT 5 and once closes on CONNECT, as in a restart, is asked for it again', async t => {
  let isRestarting = false;
  const { diary, peers, pass } = await start((packet, peer) => {
    if (isRestarting) peer.stream.destroy();
    else answer(packet, peer);
  });
  isRestarting = true;
  peers[0]?.stream.destroy();
  await pass(2000);
  isRestarting = false;
  t.deepEqual(diary.faults, ['closed', 'unanswered']);
  await pass(4000);
  t.is(diary.online, 2);
  t.deepEqual(
    peers.map(peer => peer.version),
    [5, 5, 5],
  );
});

test('a broker gone back to 3.1.1 is found out, though it spoke MQTT 5 before', async t => {
  let isOld = false;
  const { diary, peers, pass } = await start((packet, peer) => {
    if (!isOld || isAcceptable(packet, peer)) answer(packet, peer);
    else peer.stream.destroy();
  });
  isOld = true;
  peers[0]?.stream.destroy();
  await pass(20_000);
  t.deepEqual(diary.faults, ['closed', 'unanswered', 'unanswered']);
  t.is(diary.online, 2);
  t.deepEqual(
    peers.map(peer => peer.version),
    [5, 5, 5, 4],
  );
});

test('CONNECT announces a clean session, the will, and the limits of what is taken in', async t => {
  const will = { topic: 'up/online', payload: bytes('0'), qos: 1, retain: true } as const;
  const credentials = () => ({ username: 'name', password: 'word' });
  const options = { will, credentials, keepAlive: 300 };
  const { peers } = await start(answer, options);
  const connect = peers[0]?.packets[0];
  t.like(connect, { cmd: 'connect', clean: true, clientId: 'm1', username: 'name', keepalive: 300 });
  t.like(connect, { properties: { receiveMaximum: 8, maximumPacketSize: 4096 } });
  t.like(connect, { will: { topic: 'up/online', payload: Buffer.from('0'), qos: 1, retain: true } });
});

test('all topics are asked for with QoS 1, and a topic refused ends the connection', async t => {
  const { diary, peers } = await start(
    (packet, peer) => {
      if (packet.cmd !== 'subscribe') return answer(packet, peer);
      t.like(packet.subscriptions, [
        { topic: 'a', qos: 1 },
        { topic: 'b', qos: 1 },
      ]);
      peer.send({ cmd: 'suback', messageId: packet.messageId ?? 0, granted: [1, 0x87] });
    },
    { subscriptions: ['a', 'b'] },
  );
  t.deepEqual([diary.online, diary.faults], [0, ['unsubscribed']]);
  t.like(peers[0]?.packets.at(-1), { cmd: 'disconnect', reasonCode: 0x80 });
});

test('a message refused for want of authorisation ends the connection, and what was said is said again; a quota does not', async t => {
  let code = 0x97;
  const { diary, peers, session, pass } = await start((packet, peer) => {
    if (packet.cmd !== 'publish') return answer(packet, peer);
    peer.send({ cmd: 'puback', messageId: packet.messageId ?? 0, reasonCode: code });
  });
  const answers: boolean[] = [];
  const publish = () =>
    session.publish('up', bytes('x'), { qos: 1, retain: false }, isAccepted => answers.push(isAccepted));
  publish();
  await pass(100);
  t.deepEqual([answers, diary.faults], [[false], []]);
  code = 0x87;
  publish();
  await pass(100);
  t.deepEqual([answers, diary.faults], [[false], ['unpublished']]);
  t.like(peers[0]?.packets.at(-1), { cmd: 'disconnect', reasonCode: 0x80 });
  await pass(5000);
  t.is(diary.online, 2);
});

test('pings keep within the keep-alive, the broker’s if that is shorter, and are not sent when both sides talk', async t => {
  const { peers, session, pass } = await start(
    (packet, peer) =>
      packet.cmd === 'connect' ? peer.accept({ serverKeepAlive: 10 }) : answer(packet, peer),
    { keepAlive: 60 },
  );
  await pass(60_000);
  const pings = peers[0]?.got('pingreq').length ?? 0;
  t.true(pings >= 6 && pings <= 12, `${pings} pings in 60 s`);
  for (let k = 0; k < 30; k++) {
    session.publish('up', bytes('x'), { qos: 1, retain: false });
    await pass(2000);
  }
  t.true((peers[0]?.got('pingreq').length ?? 0) <= pings + 1);
});

test('a peer gone silent is noticed by the ping that it does not answer', async t => {
  const { diary, clock, pass } = await start(
    (packet, peer) => packet.cmd !== 'pingreq' && answer(packet, peer),
    { keepAlive: 60 },
  );
  await pass(30_000);
  t.deepEqual(diary.offline, []);
  await pass(29_999);
  t.deepEqual(diary.offline, []);
  await pass(1);
  t.deepEqual(diary.offline, ['ping-timeout']);
  t.is(clock.monotonic(), 60_000);
});

test('every wait on the broker ends: CONNACK, SUBACK, PUBACK, each by its own name', async t => {
  const deaf = (deafTo: Packet['cmd']) => (packet: Packet, peer: Peer) =>
    packet.cmd === deafTo ? undefined : answer(packet, peer);
  for (const [cmd, fault] of [
    ['connect', 'connack-timeout'],
    ['subscribe', 'suback-timeout'],
    ['publish', 'puback-timeout'],
  ] as const) {
    const { diary, session, pass } = await start(deaf(cmd), { subscriptions: ['down'], keepAlive: 600 });
    session.publish('up', bytes('x'), { qos: 1, retain: false });
    await pass(29_999);
    t.deepEqual(diary.faults, [], fault);
    await pass(1);
    t.deepEqual(diary.faults, [fault]);
  }
});

test('a stream that never opens is given up', t => {
  const clock = new VirtualClock();
  const socket = { read: () => undefined, write: () => t.fail(), close: () => {} };
  const { session, diary } = makeSession({ network: { open: () => socket }, clock });
  session.start();
  clock.advance(30_000);
  t.deepEqual(diary.faults, ['timeout']);
});

test('QoS 1 from the broker is acknowledged after the handler has returned, QoS 0 is not', async t => {
  const acknowledged: number[] = [];
  const { peers, network } = await start(answer, {
    onMessage: () => acknowledged.push(peers[0]?.got('puback').length ?? 0),
  });
  peers[0]?.publish('down', bytes('a'), 1, 77);
  peers[0]?.publish('down', bytes('b'), 0);
  await network.settled();
  t.is(acknowledged[0], 0);
  t.is(acknowledged.length, 2);
  t.deepEqual(
    peers[0]?.got('puback').map(packet => packet.messageId),
    [77],
  );
});

test('what was not acknowledged when the connection was lost is forgotten, and its owner told once', async t => {
  let isDeaf = true;
  const { session, diary, peers, pass } = await start((packet, peer) => {
    if (packet.cmd !== 'publish' || !isDeaf) answer(packet, peer);
  });
  t.true(session.publish('up', bytes('lost'), { qos: 1, retain: false }, () => t.fail()));
  await pass(1000);
  peers[0]?.stream.destroy();
  isDeaf = false;
  await pass(4000);
  t.deepEqual([diary.online, diary.offline], [2, ['closed']]);
  let acknowledged = 0;
  t.true(session.publish('up', bytes('again'), { qos: 1, retain: false }, () => acknowledged++));
  await pass(60_000);
  t.is(acknowledged, 1);
  t.is(peers[1]?.got('publish').length, 1);
});

test('a network that is cut is tried for ever, in waits that grow to five minutes and begin anew after a stable minute', async t => {
  const { diary, network, clock, pass } = await start();
  await pass(1000);
  const waits = async (count: number) => {
    const found: number[] = [];
    for (let known = diary.faults.length, since = clock.monotonic(); found.length < count; ) {
      await pass(100);
      if (diary.faults.length === known) continue;
      known = diary.faults.length;
      found.push(clock.monotonic() - since);
      since = clock.monotonic();
    }
    return found;
  };
  network.online = false;
  await network.settled();
  t.deepEqual(diary.offline, ['closed']);
  t.is(clock.pending, 1, 'the next attempt, and no memory of the stability that was not reached');
  const grown = await waits(15);
  for (const [k, wait] of grown.entries()) {
    t.true(wait >= 1000 && wait <= Math.min(1000 * 2 ** (k + 1), 300_000) + 100, `${wait}`);
  }
  t.true(Math.max(...grown.slice(8)) > 5000);
  network.online = true;
  await pass(300_000);
  t.is(diary.online, 2);
  await pass(60_000);
  network.online = false;
  await network.settled();
  t.true(((await waits(1))[0] as number) <= 2100);
  t.deepEqual(new Set(diary.faults), new Set(['closed', 'refused']));
});

test('stop leaves no timer, no connection and no message behind, at whatever stage', async t => {
  const stages: ((packet: Packet, peer: Peer) => void)[] = [
    () => {},
    (packet, peer) => packet.cmd === 'connect' && peer.accept(),
    (packet, peer) => packet.cmd === 'connect' && peer.stream.destroy(),
    answer,
  ];
  for (const onPacket of stages) {
    const { session, network, clock, diary, peers } = await start(onPacket, { subscriptions: ['down'] });
    if (session.isOnline) session.publish('up', bytes('x'), { qos: 1, retain: false });
    const before = structuredClone(diary);
    session.stop();
    await network.settled();
    t.is(clock.pending, 0);
    t.is(network.connections, 0);
    t.deepEqual(diary, before);
    if (onPacket === answer) t.like(peers[0]?.packets.at(-1), { cmd: 'disconnect', reasonCode: 0 });
    t.false(session.isOnline);
  }
});

test('a session can be started again, and starting twice makes one connection', async t => {
  const { session, network, diary } = await start();
  session.start();
  await network.settled();
  t.is(network.connections, 1);
  session.stop();
  session.start();
  await network.settled();
  t.deepEqual([diary.online, network.connections], [2, 1]);
});

test('a handler may stop the session', async t => {
  const { session, network, clock, peers } = await start(answer, { onMessage: () => session.stop() });
  peers[0]?.publish('down', bytes('a'), 1, 1);
  peers[0]?.publish('down', bytes('b'), 1, 2);
  await network.settled();
  t.deepEqual([clock.pending, network.connections], [0, 0]);
});

test('a session stopped upon a fault hears no more of it', async t => {
  const made = await start(answer, { onFault: () => made.session.stop() });
  made.peers[0]?.stream.destroy();
  await made.network.settled();
  t.deepEqual([made.diary.offline, made.clock.pending], [[], 0]);
});

test('misuse says what was expected and what came', async t => {
  const clock = new VirtualClock();
  const { network } = peerNetwork(answer);
  const make = (options: Partial<SessionOptions>) => () => makeSession({ network, clock }, options);
  t.throws(make({ keepAlive: 0 }), { message: 'keepAlive: expected whole seconds from 1 to 65535, got 0' });
  t.throws(make({ clientId: 'Zähler' }), { message: /expected codes 0 to 127, got 228/ });
  t.throws(make({ subscriptions: ['grün'] }), { instanceOf: RangeError });
  const { session } = await start();
  t.throws(() => session.publish('up', new Uint8Array(9000), { qos: 0, retain: false }), {
    message: 'publish: expected at most 8192 bytes, got 9013',
  });
});
