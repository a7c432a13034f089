import { Aedes } from 'aedes';
import test, { type ExecutionContext } from 'ava';
import { VirtualClock } from '../../../hosts/mock/clock';
import { MemoryNetwork } from '../../../hosts/mock/network';
import { bytes, makeSession, pass, text } from '../../support/session';

async function startBroker(t: ExecutionContext) {
  const broker = await Aedes.createBroker();
  t.teardown(() => new Promise<void>(resolve => broker.close(resolve)));
  const published: string[] = [];
  broker.on('publish', ({ topic, payload, retain }) => {
    if (!topic.startsWith('$SYS'))
      published.push(`${topic} ${text(Buffer.from(payload))}${retain ? ' retained' : ''}`);
  });
  const publish = (topic: string, payload: string) =>
    broker.publish(
      { cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain: true, dup: false },
      () => {},
    );
  const network = new MemoryNetwork(stream => broker.handle(stream));
  return { broker, network, published, publish };
}

const will = { topic: 'up/online', payload: bytes('false'), qos: 1, retain: true } as const;

test('a day with aedes, which knows 3.1.1 only, in virtual time: retained, both ways, cut and restored', async t => {
  const { network, published, publish } = await startBroker(t);
  publish('down/credit', '1');
  const clock = new VirtualClock();
  let acknowledged = 0;
  const { session, diary } = makeSession(
    { network, clock },
    { subscriptions: ['down/credit', 'down/tariff'], will, keepAlive: 300 },
  );
  session.start();
  await pass(3000, clock, network);
  t.deepEqual([diary.online, diary.faults, diary.messages.length], [1, ['version'], 1]);
  publish('down/tariff', '2');
  await pass(1000, clock, network);
  t.true(session.publish('up/reading', bytes('r1'), { qos: 1, retain: false }, () => acknowledged++));
  await pass(12 * 3_600_000, clock, network);
  t.deepEqual([acknowledged, diary.messages.length, diary.online], [1, 2, 1]);

  network.online = false;
  await network.settled();
  t.deepEqual(diary.offline, ['closed']);
  t.false(session.publish('up/reading', bytes('r2'), { qos: 1, retain: false }));
  await pass(3_600_000, clock, network);
  publish('down/credit', '3');
  network.online = true;
  await pass(600_000, clock, network);
  t.is(diary.online, 2);
  t.deepEqual(
    diary.messages.map(message => message.text),
    ['1', '2', '3', '2'],
  );
  await pass(12 * 3_600_000, clock, network);
  t.deepEqual(published, [
    'down/credit 1 retained',
    'down/tariff 2 retained',
    'up/reading r1',
    'up/online false retained',
    'down/credit 3 retained',
  ]);
  session.stop();
  await network.settled();
  t.deepEqual([clock.pending, network.connections], [0, 0]);
});

test('the same run twice moves the same bytes at the same virtual times', async t => {
  const runs: string[] = [];
  for (let run = 0; run < 2; run++) {
    const { network, publish } = await startBroker(t);
    const clock = new VirtualClock();
    const log: string[] = [];
    const { session } = makeSession(
      { network, clock },
      {
        subscriptions: ['down'],
        onOnline: () => log.push(`${clock.monotonic() > 0} online`),
        onMessage: (topic, payload) => log.push(`${topic} ${text(payload)}`),
      },
    );
    session.start();
    await pass(10_000, clock, network);
    for (let k = 0; k < 20; k++) {
      publish('down', String(k));
      const at = clock.monotonic();
      session.publish('up', bytes('x'), { qos: 1, retain: false }, () =>
        log.push(`ack ${clock.monotonic() - at}`),
      );
      await pass(100, clock, network);
    }
    log.push(`${network.traffic} moved`);
    runs.push(log.join('\n'));
    session.stop();
  }
  t.is(runs[0], runs[1]);
  t.regex(runs[0] ?? '', /ack 0/);
});
