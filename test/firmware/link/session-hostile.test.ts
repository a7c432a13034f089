import test from 'ava';
import * as fc from 'fast-check';
import { encodePublish, type QualityOfService } from '../../../firmware/link/publish-packet';
import { VirtualClock } from '../../../hosts/mock/clock';
import { answer, type Peer, peerNetwork } from '../../support/peer';
import { start as startSession } from '../../support/scripted-session';
import { bytes, makeSession, pass, text } from '../../support/session';

const start = () => startSession(answer, { subscriptions: ['down'], keepAlive: 600 });

/** With a broker of 3.1.1, and what the session tells of messages that are too large. */
async function startOn311() {
  const oversized: { readonly topic: string; readonly beginning: string }[] = [];
  const messages: string[] = [];
  const started = await startSession(
    (packet, peer) => {
      if (packet.cmd === 'connect' && packet.protocolVersion === 5) peer.accept({}, 0x84);
      else answer(packet, peer);
    },
    {
      ...{ subscriptions: ['down'], keepAlive: 600 },
      onMessage: (topic, payload, isWhole) => {
        if (isWhole) messages.push(text(payload));
        else oversized.push({ topic, beginning: text(payload) });
      },
    },
  );
  await started.pass(2000);
  return { ...started, peer: started.peers.at(-1) as Peer, messages, oversized };
}

function message(payload: Uint8Array, qos: QualityOfService, messageId: number, topic = 'down'): Uint8Array {
  return encodePublish({ cmd: 'publish', topic, payload, qos, messageId, retain: true }, 4);
}

test('bytes may come one at a time', async t => {
  const { diary, peers, network, session } = await start();
  const peer = peers[0];
  if (peer === undefined) return t.fail();
  for (const byte of peer.encode({
    cmd: 'publish',
    topic: 'down',
    payload: Buffer.from('slowly'.repeat(40)),
    qos: 1,
    messageId: 5,
    dup: false,
    retain: false,
  })) {
    peer.stream.write(Uint8Array.of(byte));
    await network.settled();
  }
  t.deepEqual(diary.messages, [{ topic: 'down', text: 'slowly'.repeat(40) }]);
  t.is(peer.got('puback').length, 1);
  t.true(session.isOnline);
});

test('a packet that never ends is given up by the keep-alive, and the session comes back', async t => {
  const { diary, peers, pass } = await start();
  peers[0]?.stream.write(Uint8Array.of(0x30, 100, 0, 4));
  await pass(700_000);
  t.deepEqual(diary.offline, ['ping-timeout']);
  t.is(diary.online, 2);
});

test('a packet beyond 4 KiB of a broker that was told so ends the connection, counted and told', async t => {
  const { diary, peers, session, pass } = await start();
  peers[0]?.publish('down', new Uint8Array(4096 - 3 - 6 - 1));
  await pass(1);
  t.is(diary.messages.length, 1, 'the largest that fits');
  peers[0]?.publish('down', new Uint8Array(4096));
  await pass(1);
  t.deepEqual(diary.offline, ['oversized']);
  t.deepEqual(session.faults, { oversized: 1 });
  t.like(peers[0]?.packets.at(-1), { cmd: 'disconnect', reasonCode: 0x95 });
  await pass(2000);
  t.is(diary.online, 2);
});

test('a message beyond 4 KiB of a broker of 3.1.1 is acknowledged, told and passed over: the session lives', async t => {
  const { diary, peer, session, network, messages, oversized } = await startOn311();
  const large = bytes('large'.repeat(20_000));
  peer.write(Buffer.concat([message(large, 1, 7), message(bytes('small'), 1, 8), message(large, 0, 0)]));
  await network.settled();
  t.deepEqual(messages, ['small']);
  t.deepEqual(
    peer.got('puback').map(({ messageId }) => messageId),
    [7, 8],
  );
  t.is(oversized.length, 2);
  for (const { topic, beginning } of oversized) {
    t.is(topic, 'down');
    t.true(beginning.length >= 140 && text(large).startsWith(beginning), beginning);
  }
  t.deepEqual([session.isOnline, diary.online, diary.offline], [true, 1, []]);
});

test('messages of any size of a broker of 3.1.1, cut anywhere: the small are taken, each is acknowledged', async t => {
  const size = fc.oneof(fc.nat(40), fc.integer({ min: 4070, max: 4110 }), fc.nat(9000));
  const { peer, session, network, messages, oversized } = await startOn311();
  await fc.assert(
    fc.asyncProperty(
      fc.array(size, { maxLength: 5 }),
      fc.integer({ min: 1, max: 5000 }),
      async (sizes, cut) => {
        for (const list of [messages, oversized, peer.packets]) list.length = 0;
        const packets = sizes.map((length, k) => message(new Uint8Array(length).fill(0x61 + k), 1, k + 1));
        const stream = Buffer.concat(packets);
        for (let at = 0; at < stream.length; at += cut) peer.stream.write(stream.subarray(at, at + cut));
        await network.settled();
        t.deepEqual(
          messages.map(({ length }) => length),
          sizes.filter((_, k) => (packets[k] as Uint8Array).length <= 4096),
        );
        t.is(oversized.length, sizes.length - messages.length);
        t.is(peer.got('puback').length, sizes.length);
        t.true(session.isOnline);
      },
    ),
    { numRuns: 100 },
  );
});

test('a message beyond 4 KiB on a topic that nobody can have asked for ends the connection, on 3.1.1 too', async t => {
  const { diary, peer, network } = await startOn311();
  peer.write(message(new Uint8Array(5000), 1, 7, 'x'.repeat(257)));
  await network.settled();
  t.deepEqual(diary.offline, ['oversized']);
});

test('a message beyond 4 KiB before CONNACK, or with QoS 2, is out of place on 3.1.1 too', async t => {
  const late = await startOn311();
  const packet = message(new Uint8Array(5000), 1, 7);
  packet[0] = 0x34;
  late.peer.write(packet);
  await late.network.settled();
  t.deepEqual(late.diary.offline, ['protocol']);
  const early = await startSession((sent, peer) => {
    if (sent.cmd !== 'connect') return;
    if (sent.protocolVersion === 5) peer.accept({}, 0x84);
    else peer.write(message(new Uint8Array(5000), 1, 7));
  });
  await early.pass(2000);
  t.is(early.diary.faults[1], 'protocol');
});

test('what is well-formed but out of place ends the connection as a protocol fault', async t => {
  const outOfPlace: readonly (readonly number[])[] = [
    [0x20, 3, 0, 0, 0], // a second CONNACK
    [0x90, 4, 0, 9, 0, 1], // a SUBACK of nothing
    [0x34, 6, 0, 1, 0x61, 0, 1, 0], // QoS 2, never granted
  ];
  for (const packet of outOfPlace) {
    const { diary, peers, pass } = await start();
    peers[0]?.stream.write(Uint8Array.from(packet));
    await pass(1);
    t.deepEqual(diary.offline, ['protocol'], `${packet}`);
    t.like(peers[0]?.packets.at(-1), { cmd: 'disconnect', reasonCode: 0x82 });
  }
});

test('a DISCONNECT of the broker is obeyed, and an acknowledgement of nothing passed over', async t => {
  const { diary, peers, pass } = await start();
  peers[0]?.send({ cmd: 'puback', messageId: 4711 });
  await pass(1);
  t.deepEqual(diary.offline, []);
  peers[0]?.send({ cmd: 'disconnect', reasonCode: 0x8b });
  await pass(1);
  t.deepEqual(diary.offline, ['dismissed']);
  await pass(2000);
  t.is(diary.online, 2);
});

test('garbage at any moment throws nothing, and the session comes back', async t => {
  const garbage = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(garbage, fc.boolean(), async (chunks, isEarly) => {
      const clock = new VirtualClock();
      let isHostile = true;
      const { network, peers } = peerNetwork((packet, peer) => {
        if (isEarly && isHostile) for (const chunk of chunks) peer.stream.write(chunk);
        else answer(packet, peer);
      });
      const { session, diary } = makeSession({ network, clock }, { subscriptions: ['down'] });
      session.start();
      await network.settled();
      for (const chunk of chunks) if (!isEarly) peers[0]?.stream.write(chunk);
      await network.settled();
      isHostile = false;
      peers[0]?.stream.destroy();
      await pass(10_000, clock, network);
      t.true(session.isOnline, diary.faults.join());
      session.stop();
    }),
    { numRuns: 100 },
  );
});

test('a broker that floods and does not read is not read either: what piles up is bounded', async t => {
  const { peers, session, network, clock, diary } = await start();
  const peer = peers[0];
  if (peer === undefined) return t.fail();
  peer.stream.pause();
  for (let id = 1; id <= 20_000; id++) peer.publish('down', bytes('x'), 1, id);
  await network.settled();
  const taken = diary.messages.length;
  t.true(taken > 1000 && taken < 15_000, `${taken} taken, an answer of 4 bytes each`);
  t.false(session.publish('up', new Uint8Array(1000), { qos: 0, retain: false }));
  peer.stream.resume();
  await network.settled();
  t.is(diary.messages.length, 20_000);
  t.is(peer.got('puback').length, 20_000);
  t.is(diary.drains, 1);
  session.stop();
  t.is(clock.pending, 0);
});

test('a broker that does not read the last word is left all the same', async t => {
  const { peers, session, network, clock, pass } = await start();
  peers[0]?.stream.pause();
  for (let sent = true; sent; await network.settled()) {
    sent = session.publish('up', new Uint8Array(1000), { qos: 0, retain: false });
  }
  session.stop();
  await network.settled();
  t.is(network.connections, 1);
  await pass(30_000);
  t.deepEqual([network.connections, clock.pending], [0, 0]);
});
