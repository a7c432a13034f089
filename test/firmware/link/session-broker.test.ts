import test from 'ava';
import { answer, type Peer } from '../../support/peer';
import { start } from '../../support/scripted-session';
import { bytes } from '../../support/session';

/* What a broker announces, and how it refuses. */

test('what is logged in with is asked for with each connection', async t => {
  let day = 0;
  const credentials = () => ({ username: 'meter', password: `day ${++day}` });
  const { peers, pass } = await start(answer, { credentials });
  peers[0]?.stream.destroy();
  await pass(4000);
  const passwords = peers.map(peer => peer.packets[0]?.cmd === 'connect' && `${peer.packets[0].password}`);
  t.deepEqual(passwords, ['day 1', 'day 2']);
});

test('each refusal has its fault, in the words of 3.1.1 and of 5, and none is followed to another server', async t => {
  const elsewhere = { serverReference: 'evil.example:1883', reasonString: 'this way' };
  const cases: readonly (readonly [number, string])[] = [
    [4, 'unauthorized'],
    [5, 'unauthorized'],
    [0x86, 'unauthorized'],
    [0x87, 'unauthorized'],
    [0x9c, 'moved'],
    [0x9d, 'moved'],
    [3, 'rejected'],
    [0x88, 'rejected'],
    [0x97, 'rejected'],
    [0x9f, 'rejected'],
  ];
  for (const [code, fault] of cases) {
    const { diary, session, asked, pass } = await start((packet, peer) => {
      if (packet.cmd === 'connect') peer.accept(code < 0x80 ? {} : elsewhere, code);
    });
    t.deepEqual([diary.online, diary.faults], [0, [fault]]);
    await pass(2000);
    t.deepEqual(session.faults, { [fault]: 2 }, 'asked again');
    t.deepEqual(asked, new Set(['127.0.0.1']));
  }
});

test('a DISCONNECT says why: another server is a fault, as any other reason is, and nothing is followed', async t => {
  const cases = [
    [0x9c, 'moved'],
    [0x9d, 'moved'],
    [0x87, 'unauthorized'],
    [0x97, 'dismissed'],
    [0x8e, 'dismissed'],
    [0, 'dismissed'],
  ] as const;
  for (const [reasonCode, fault] of cases) {
    const { diary, peers, asked, pass } = await start();
    peers[0]?.send({ cmd: 'disconnect', reasonCode, properties: { serverReference: 'evil.example' } });
    await pass(4000);
    t.deepEqual([diary.offline, diary.online], [[fault], 2]);
    t.deepEqual(asked, new Set(['127.0.0.1']));
  }
});

test('a session that is there after a clean start is not one to go on with', async t => {
  const { diary, peers } = await start((packet, peer) => {
    if (packet.cmd === 'connect') peer.send({ cmd: 'connack', sessionPresent: true, reasonCode: 0 });
  });
  t.deepEqual([diary.online, diary.faults], [0, ['protocol']]);
  t.deepEqual(peers[0]?.got('subscribe'), []);
});

test('what a broker may announce and a meter has no use for changes nothing', async t => {
  const properties = {
    ...{ assignedClientIdentifier: 'other', sessionExpiryInterval: 0xffffffff, responseInformation: 'x' },
    ...{ wildcardSubscriptionAvailable: false, subscriptionIdentifiersAvailable: false },
    ...{ sharedSubscriptionAvailable: false, maximumQoS: 1, retainAvailable: true },
  };
  const { diary, peers, pass } = await start((packet, peer) =>
    packet.cmd === 'connect' ? peer.accept(properties) : answer(packet, peer),
  );
  t.deepEqual([diary.online, diary.faults], [1, []]);
  peers[0]?.stream.destroy();
  await pass(4000);
  for (const { packets } of peers) t.like(packets[0], { clientId: 'm1', clean: true });
});

test('a topic goes out once in full and then as a number, as far as the broker keeps numbers', async t => {
  const { session, peers, network, pass } = await start((packet, peer) =>
    packet.cmd === 'connect' ? peer.accept({ topicAliasMaximum: 2 }) : answer(packet, peer),
  );
  const topics = ['a', 'b', 'c', 'a', 'b', 'c'];
  const send = async () => {
    for (const [k, topic] of topics.entries())
      t.true(session.publish(topic, bytes(`${k}`), { qos: k % 2 === 0 ? 1 : 0, retain: false }));
    await network.settled();
  };
  const sent = (peer: Peer | undefined) =>
    peer?.got('publish').map(packet => {
      if (packet.cmd !== 'publish') return '';
      return `${packet.topic}|${packet.properties?.topicAlias ?? '-'}|${packet.payload}|${packet.qos}`;
    });
  const expected = ['a|1|0|1', 'b|2|1|0', 'c|-|2|1', '|1|3|0', '|2|4|1', 'c|-|5|0'];
  await send();
  t.deepEqual(sent(peers[0]), expected);
  peers[0]?.stream.destroy();
  await pass(4000);
  await send();
  t.deepEqual(sent(peers[1]), expected, 'the next connection begins anew');
});

test('what could not be sent does not use up a number', async t => {
  const { session, peers, network } = await start((packet, peer) => {
    if (packet.cmd === 'connect') peer.accept({ topicAliasMaximum: 1, receiveMaximum: 1 });
    if (packet.cmd === 'publish' && packet.topic === 'b') answer(packet, peer);
  });
  const one = { qos: 1, retain: false } as const;
  t.true(session.publish('b', bytes('1'), one));
  t.false(session.publish('a', bytes('2'), one));
  await network.settled();
  t.true(session.publish('b', bytes('3'), one));
  await network.settled();
  const [, second] = peers[0]?.got('publish') ?? [];
  t.like(second, { topic: '', properties: { topicAlias: 1 } });
});

test('a broker without QoS 1 or retained messages, by its limits or by its refusal of the will, is unfit', async t => {
  const limits = [{ maximumQoS: 0 }, { retainAvailable: false }];
  for (const [code, properties] of [[0, limits[0]], [0, limits[1]], [0x9a], [0x9b]] as const) {
    const { diary } = await start(
      (packet, peer) => packet.cmd === 'connect' && peer.accept(properties, code),
    );
    t.deepEqual([diary.online, diary.faults], [0, ['unfit']]);
  }
});

test('the broker’s receive maximum bounds what is under way, and drain follows its acknowledgement', async t => {
  const { session, diary, peers, network } = await start((packet, peer) => {
    if (packet.cmd === 'connect') peer.accept({ receiveMaximum: 2 });
  });
  const accepted: boolean[] = [];
  const publish = () =>
    session.publish('up', bytes('x'), { qos: 1, retain: false }, isAccepted => accepted.push(isAccepted));
  t.deepEqual([publish(), publish(), publish()], [true, true, false]);
  await network.settled();
  t.is(diary.drains, 0);
  const [first, second] = peers[0]?.got('publish') ?? [];
  peers[0]?.send({ cmd: 'puback', messageId: first?.messageId ?? 0 });
  peers[0]?.send({ cmd: 'puback', messageId: second?.messageId ?? 0, reasonCode: 0x97 });
  await network.settled();
  t.deepEqual(accepted, [true, false]);
  t.is(diary.drains, 1);
  t.true(publish());
});
