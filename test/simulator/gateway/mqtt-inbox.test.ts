import test, { type ExecutionContext } from 'ava';
import { connect, type MqttClient } from 'mqtt';
import { type Delivery, MqttInbox } from '../../../simulator/gateway/mqtt-inbox';
import { startMosquitto } from '../../support/mosquitto';
import { until } from '../../support/session';

interface Life {
  readonly client: MqttClient;
  readonly inbox: MqttInbox;
  readonly came: string[];
  readonly failures: unknown[];
}

/** A broker that keeps what a subscriber of `t` has not confirmed, and a way to be that subscriber once more. */
async function start(t: ExecutionContext) {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const world = connect(url);
  t.teardown(() => world.endAsync(true));
  const live = async (take: (delivery: Delivery) => Promise<void>): Promise<Life> => {
    const client = connect(url, { clientId: 'gateway', clean: false, reconnectPeriod: 0 });
    t.teardown(() => client.endAsync(true));
    const came: string[] = [];
    const failures: unknown[] = [];
    const note = (delivery: Delivery) => {
      came.push(`${Buffer.from(delivery.payload)}${delivery.isAgain ? ' again' : ''}`);
      return take(delivery);
    };
    const inbox = new MqttInbox(client, note, error => failures.push(error));
    await client.subscribeAsync('t', { qos: 1 });
    return { client, inbox, came, failures };
  };
  const say = (text: string) => world.publishAsync('t', text, { qos: 1 });
  return { live, say };
}

/** Ends the connection when the broker has read all that was said on it: it answers in order. */
async function leave({ client }: Life): Promise<void> {
  await client.unsubscribeAsync('another');
  await client.endAsync(true);
}

test('what is not stored when the connection ends comes again, and what is does not', async t => {
  const { live, say } = await start(t);
  const first = await live(({ payload }) =>
    `${Buffer.from(payload)}` === 'a' ? Promise.resolve() : new Promise(() => {}),
  );
  for (const text of ['a', 'b', 'c']) await say(text);
  await until('all came, none waiting for the one before', () => first.came.length === 3);
  await leave(first);
  const second = await live(() => Promise.resolve());
  await until('two came again', () => second.came.length === 2);
  await second.inbox.settled();
  t.deepEqual(second.came, ['b again', 'c again']);
  await leave(second);
  const third = await live(() => Promise.resolve());
  await say('d');
  await until('the next came', () => third.came.length > 0);
  t.deepEqual(third.came, ['d']);
});

test('nothing is confirmed before what came ahead of it, and nothing after what cannot be stored', async t => {
  const { live, say } = await start(t);
  const first = await live(({ payload }) =>
    `${Buffer.from(payload)}` === 'a' ? Promise.reject(new Error('disk full')) : Promise.resolve(),
  );
  await say('a');
  await say('b');
  await until('both came', () => first.came.length === 2);
  await t.throwsAsync(first.inbox.settled(), { message: 'disk full' });
  t.true(first.failures.length > 0);
  await leave(first);
  const second = await live(() => Promise.resolve());
  await until('both came again', () => second.came.length === 2);
  t.deepEqual(second.came, ['a again', 'b again']);
});
