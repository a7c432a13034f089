import test from 'ava';
import * as fc from 'fast-check';
import { VirtualClock } from '../../../hosts/mock/clock';
import { answer, peerNetwork } from '../../support/peer';
import { start as startSession } from '../../support/scripted-session';
import { bytes, makeSession, pass } from '../../support/session';

const start = () => startSession(answer, { subscriptions: ['down'], keepAlive: 600 });

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

test('a packet beyond 4 KiB ends the connection before it is taken in, counted and told', async t => {
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
