import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import mqtt from 'mqtt';
import type { SessionOptions } from '../../../firmware/link/session';
import { RealClock } from '../../../hosts/node/clock';
import { NodeNetwork } from '../../../hosts/node/network';
import { type MosquittoOptions, makeAuthority, startMosquitto } from '../../support/mosquitto';
import { bytes, makeSession, text, until } from '../../support/session';

/** Fast, so that a back-off does not hold up the test. */
const clock = new RealClock({ speed: 20 });

async function startBroker(t: ExecutionContext, options: MosquittoOptions = {}) {
  const broker = await startMosquitto(options);
  t.teardown(() => broker.stop());
  return broker;
}

function startSession(t: ExecutionContext, options: Partial<SessionOptions>) {
  const made = makeSession({ network: new NodeNetwork(), clock }, options);
  t.teardown(() => made.session.stop());
  made.session.start();
  return made;
}

/** Another client of the broker, by another library. */
async function connectObserver(t: ExecutionContext, port: number, topic: string) {
  const messages: { topic: string; text: string; retain: boolean; qos: number }[] = [];
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  t.teardown(() => client.endAsync(true));
  client.on('message', (from, payload, { retain, qos }) => {
    messages.push({ topic: from, text: text(payload), retain, qos });
  });
  await client.subscribeAsync(topic, { qos: 1 });
  return { client, messages };
}

// alone in the process, or it would count the sockets of the others
test.serial('stop leaves no socket behind', async t => {
  const sockets = () => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length;
  const before = sockets();
  const { port } = await startBroker(t);
  const { session, diary } = startSession(t, { port, subscriptions: ['down'] });
  await until('online', () => diary.online === 1);
  t.true(sockets() > before);
  session.stop();
  await until('no socket', () => sockets() === before);
  t.is(sockets(), before);
});

test('what is published arrives, and QoS 1 is acknowledged', async t => {
  const { port } = await startBroker(t);
  const { messages } = await connectObserver(t, port, 'up/#');
  const { session, diary } = startSession(t, { port });
  t.false(session.publish('up/early', bytes('x'), { qos: 0, retain: false }), 'offline');
  await until('online', () => diary.online === 1);
  const accepted: boolean[] = [];
  t.true(session.publish('up/zero', bytes('0'), { qos: 0, retain: false }));
  t.true(
    session.publish('up/one', bytes('1'), { qos: 1, retain: false }, isAccepted => accepted.push(isAccepted)),
  );
  await until('acknowledged', () => accepted.length === 1);
  await until('arrived', () => messages.length === 2);
  t.deepEqual(accepted, [true]);
  t.deepEqual(messages, [
    { topic: 'up/zero', text: '0', retain: false, qos: 0 },
    { topic: 'up/one', text: '1', retain: false, qos: 1 },
  ]);
});

test('what was retained comes on subscribing, and what is published later once, with QoS 1', async t => {
  const { port } = await startBroker(t);
  const { client } = await connectObserver(t, port, 'none');
  await client.publishAsync('down/credit', 'old', { qos: 1, retain: true });
  const { diary } = startSession(t, { port, subscriptions: ['down/credit', 'down/tariff'] });
  await until('the retained one', () => diary.messages.length === 1);
  await client.publishAsync('down/tariff', 'new', { qos: 1 });
  await client.publishAsync('down/tariff', 'newer', { qos: 1 });
  await until('the new ones', () => diary.messages.length === 3);
  t.deepEqual(diary.messages, [
    { topic: 'down/credit', text: 'old' },
    { topic: 'down/tariff', text: 'new' },
    { topic: 'down/tariff', text: 'newer' },
  ]);
});

test('more QoS 1 messages come in than may be unacknowledged: each was acknowledged', async t => {
  const { port } = await startBroker(t);
  const { client } = await connectObserver(t, port, 'none');
  const { diary } = startSession(t, { port, subscriptions: ['down'] });
  await until('online', () => diary.online === 1);
  for (let k = 0; k < 50; k++) await client.publishAsync('down', String(k), { qos: 1 });
  await until('all', () => diary.messages.length === 50);
  t.deepEqual(
    diary.messages.map(message => message.text),
    Array.from({ length: 50 }, (_, k) => String(k)),
  );
});

test('an outbox of 100 messages gets through the window, driven by drain', async t => {
  const { port } = await startBroker(t);
  const { messages } = await connectObserver(t, port, 'up');
  let acknowledged = 0;
  let next = 0;
  const send = () => {
    while (
      next < 100 &&
      session.publish('up', bytes(String(next)), { qos: 1, retain: false }, () => acknowledged++)
    ) {
      next++;
    }
  };
  const { session } = startSession(t, { port, onOnline: send, onDrain: send });
  await until('all', () => acknowledged === 100 && messages.length === 100);
  t.deepEqual(
    messages.map(message => message.text),
    Array.from({ length: 100 }, (_, k) => String(k)),
  );
});

const will = { topic: 'up/online', payload: bytes('false'), qos: 1, retain: true } as const;

test('the will is delivered when the connection is cut', async t => {
  const { port } = await startBroker(t);
  const { messages } = await connectObserver(t, port, 'up/online');
  const proxy = createServer(socket => socket.pipe(connect(port, '127.0.0.1')).pipe(socket));
  const sockets: Socket[] = [];
  proxy.on('connection', socket => sockets.push(socket));
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => proxy.close());
  const { diary } = startSession(t, { port: (proxy.address() as AddressInfo).port, will });
  await until('online', () => diary.online === 1);
  sockets[0]?.destroy();
  await until('the will', () => messages.length === 1);
  t.like(messages[0], { topic: 'up/online', text: 'false' });
  await until('offline', () => diary.offline.length === 1);
  t.deepEqual(diary.offline, ['closed']);
});

test('what is queued leaves before stop, and there is no will', async t => {
  const { port } = await startBroker(t);
  const { messages, client } = await connectObserver(t, port, 'up/#');
  const { session, diary } = startSession(t, { port, will });
  await until('online', () => diary.online === 1);
  session.publish('up/online', bytes('bye'), { qos: 1, retain: true });
  session.stop();
  await until('the last word', () => messages.length === 1);
  // the broker has seen the session go before it takes this
  await client.publishAsync('up/after', '', { qos: 1 });
  await until('the mark', () => messages.length === 2);
  t.deepEqual(
    messages.map(message => `${message.topic} ${message.text}`),
    ['up/online bye', 'up/after '],
  );
  t.deepEqual(diary.offline, []);
});

test('after a broker restart the session comes back and works', async t => {
  const broker = await startMosquitto();
  const { session, diary } = startSession(t, { port: broker.port, subscriptions: ['down'] });
  await until('online', () => diary.online === 1);
  await broker.stop();
  await until('offline', () => diary.offline.length === 1);
  t.false(session.isOnline);
  const { port } = await startBroker(t, { port: broker.port });
  await until('online again', () => diary.online === 2);
  const { client } = await connectObserver(t, port, 'none');
  await client.publishAsync('down', 'hello');
  await until('the message', () => diary.messages.length === 1);
  t.is(diary.messages[0]?.text, 'hello');
});

test('TLS: the pinned authority is accepted; another authority and another name are not', async t => {
  const { port, authority } = await startBroker(t, { tls: true });
  const trusted = startSession(t, { host: 'localhost', port, tls: { authority } });
  await until('online', () => trusted.diary.online === 1);
  const wrongName = startSession(t, { clientId: 'm2', host: '127.0.0.1', port, tls: { authority } });
  const other = { authority: makeAuthority() };
  const wrongAuthority = startSession(t, { clientId: 'm3', host: 'localhost', port, tls: other });
  const noAuthority = startSession(t, { clientId: 'm4', host: 'localhost', port, tls: {} });
  const noPem = startSession(t, { clientId: 'm5', host: 'localhost', port, tls: { authority: 'no PEM' } });
  const empty = startSession(t, { clientId: 'm6', host: 'localhost', port, tls: { authority: '' } });
  for (const { diary } of [wrongName, wrongAuthority, noAuthority, noPem, empty]) {
    await until('refused', () => diary.faults.length > 0);
    t.is(diary.faults[0], 'untrusted');
    t.is(diary.online, 0);
  }
});

test('a broker that takes no credentials but its own: unauthorized, and tried again', async t => {
  const { port } = await startBroker(t, { settings: ['allow_anonymous false'] });
  const { diary } = startSession(t, {
    port,
    credentials: () => ({ username: 'meter', password: 'wrong' }),
  });
  await until('refused twice', () => diary.faults.length >= 2);
  t.deepEqual(new Set(diary.faults), new Set(['unauthorized']));
});

test('a message beyond the broker’s maximum packet size is not sent, and the session lives', async t => {
  const { port } = await startBroker(t, { settings: ['max_packet_size 500'] });
  const { messages } = await connectObserver(t, port, 'up');
  const { session, diary } = startSession(t, { port });
  await until('online', () => diary.online === 1);
  t.false(session.publish('up', new Uint8Array(600), { qos: 1, retain: false }));
  t.deepEqual(session.faults, { unsendable: 1 });
  t.true(session.publish('up', bytes('small'), { qos: 1, retain: false }));
  await until('the small one', () => messages.length === 1);
  t.true(session.isOnline);
});
