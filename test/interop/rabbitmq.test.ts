import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { bytesToHex } from 'viem';
import type { SigningKey } from '../../firmware/attest/device-key';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import { brokerLogin } from '../../firmware/link/broker-login';
import { BrokerAuth } from '../../simulator/broker/broker-auth';
import { serveBrokerAuth } from '../../simulator/broker/broker-auth-server';
import { KeySlotCache } from '../../simulator/broker/key-slot-cache';
import { meterTopics } from '../../simulator/broker/meter-topics';
import { readTokenSlot } from '../../simulator/broker/registered-meters';
import { anvilPath, startAnvil } from '../../simulator/chain/anvil';
import { blockOf, readDocument } from '../docs/document';
import { ADMIN, OWNER } from '../support/anvil';
import { GatewayRig } from '../support/gateway';
import { connectClient, startMeter } from '../support/live-meter';
import { M3ter } from '../support/m3ter';
import { crypto, key } from '../support/messages';
import { DEVICE, LINK } from '../support/meter-rig';
import { freePort, makeCertificates } from '../support/mosquitto';
import { isRabbitInstalled, type Rabbit, startRabbit } from '../support/rabbitmq';
import { until } from '../support/session';
import { cut, report } from './scenarios';

/* One RabbitMQ, set up as docs/gateway.md says, for all of this file: it takes long to start. */

const GATEWAY = { username: 'gateway', password: 'secret' };
const DAY = 86_400;
const PATIENCE = 300_000;

const place = { hook: 0, plain: 0, secure: 0, folder: '' };
let rabbit: Rabbit | undefined;

test.before(async t => {
  if (!isRabbitInstalled) return;
  t.timeout(PATIENCE);
  place.folder = mkdtempSync(join(tmpdir(), 'm3ter-rabbitmq-auth-'));
  makeCertificates(place.folder);
  writeFileSync(join(place.folder, 'password'), `${GATEWAY.password}\n`);
  place.hook = await freePort();
  place.plain = await freePort();
  place.secure = await freePort();
  const documented = blockOf(readDocument('gateway.md'), 'conf rabbitmq');
  const configuration = documented
    .replaceAll('127.0.0.1:8009', `127.0.0.1:${place.hook}`)
    .replaceAll('127.0.0.1:1883', `127.0.0.1:${place.plain}`)
    .replace('ssl.default = 8883', `ssl.default = 127.0.0.1:${place.secure}`)
    .replaceAll('/etc/rabbitmq', place.folder);
  rabbit = await startRabbit(configuration);
});
test.after.always(async () => {
  await rabbit?.stop();
  if (place.folder !== '') rmSync(place.folder, { recursive: true });
});

const withRabbit = isRabbitInstalled ? test.serial : test.serial.skip;
const withChain = isRabbitInstalled && anvilPath() !== undefined ? test.serial : test.serial.skip;

/** `m3ter broker-auth`, for a meter that is named by hand. */
async function startAuth(t: ExecutionContext): Promise<M3ter> {
  const auth = new M3ter([
    ...['broker-auth', '--listen', `${place.hook}`, '--name', '127.0.0.1', '--name', 'localhost'],
    ...['--chain-id', `${LINK.chainId}`, '--registry', bytesToHex(LINK.registry)],
    ...['--meter', `${bytesToHex(DEVICE.address)}=${LINK.m3terId}`],
    ...['--user', GATEWAY.username, '--password-file', join(place.folder, 'password')],
  ]);
  t.teardown(() => auth.signal('SIGKILL'));
  await auth.until('it listens', () => auth.err.includes('asked on'));
  return auth;
}

/** What a meter connects with, mqtt.js in its place. */
function loginOf(domain: SigningDomain, device: SigningKey, m3terId: bigint, days = 0): IClientOptions {
  const time = Date.now() / 1000 + days * DAY;
  const clientId = `m3ter-${m3terId}-${toHex(device.address)}`;
  return { clientId, ...brokerLogin(domain, device, m3terId, 'localhost', time) };
}

async function connect(t: ExecutionContext, options: IClientOptions): Promise<MqttClient> {
  const once = { protocolVersion: 4, reconnectPeriod: 0 } as const;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${place.plain}`, { ...once, ...options });
  client.on('error', () => {});
  t.teardown(() => client.endAsync(true));
  return client;
}

/** Whether RabbitMQ ends the connection of a new client upon this. */
async function isRefused(
  t: ExecutionContext,
  login: IClientOptions,
  action: (client: MqttClient) => Promise<unknown>,
): Promise<boolean> {
  const client = await connect(t, login);
  const closed = new Promise<true>(resolve => client.once('close', () => resolve(true)));
  const done = action(client).then(
    () => false,
    () => true,
  );
  const refused = await Promise.race([closed, done]);
  await client.endAsync(true);
  return refused;
}

/** The gateway's connection, and the topics on which it heard something. */
async function listen(t: ExecutionContext): Promise<string[]> {
  const client = await connectClient(t, `mqtt://127.0.0.1:${place.plain}`, {
    ...GATEWAY,
    clientId: 'listener',
  });
  const heard: string[] = [];
  client.on('message', topic => heard.push(topic));
  await client.subscribeAsync('m3ter/#', { qos: 1 });
  return heard;
}

const REFUSED = { message: /^Connection refused: (Not authorized|Bad username or password)$/ };

withRabbit(
  'RabbitMQ with m3ter broker-auth: a meter reports by TLS, credit comes, and the will is delivered',
  async t => {
    t.timeout(PATIENCE);
    const auth = await startAuth(t);
    const tls = { authority: readFileSync(join(place.folder, 'ca.pem'), 'utf8') };
    const secure = { host: 'localhost', port: place.secure, tls };
    // another name of the same computer
    const elsewhere = startMeter(t, { host: '127.1', port: place.plain });
    await until('refused', () => (elsewhere.connectionFaults.unauthorized ?? 0) > 0);
    t.false(elsewhere.isOnline, 'what is signed for another name of the broker is of no use');
    elsewhere.stop();

    const meter = await report(t, { port: place.plain, login: GATEWAY, broker: secure });
    t.deepEqual(meter.connectionFaults, { unanswered: 1 }, 'it speaks 3.1.1 only, and closes upon another');
    meter.stop();
    await cut(t, { port: place.plain, login: GATEWAY });
    auth.signal('SIGTERM');
    t.is((await auth.finished()).code, 0);
    t.regex(auth.out, /^\S+Z user-refused wrong-signature username="0x[0-9a-f]{40}" client_id="m3ter-7-/);
    t.false(auth.out.includes('password'));
  },
);

withRabbit('RabbitMQ with m3ter broker-auth: nobody gets in, or further than his topics', async t => {
  t.timeout(PATIENCE);
  await startAuth(t);
  const domain = new SigningDomain(crypto, LINK);
  const today = loginOf(domain, DEVICE, 7n);
  for (const [what, login] of Object.entries({
    'without a name': {},
    'a guess at the gateway’s password': { ...GATEWAY, password: 'guess' },
    'the gateway’s password by another name': { ...GATEWAY, username: 'guest' },
    'the gateway with a meter’s client identifier': { ...GATEWAY, clientId: today.clientId as string },
    'a password of the day before yesterday': loginOf(domain, DEVICE, 7n, -2),
    'a signature by another': { ...today, password: loginOf(domain, key(43), 7n).password as string },
    'as another M3ter': loginOf(domain, DEVICE, 8n),
    'as another’s M3ter': loginOf(domain, key(43), 7n),
  }))
    await t.throwsAsync(connect(t, login), REFUSED, what);
  await t.notThrowsAsync(connect(t, loginOf(domain, DEVICE, 7n, -1)));

  const heard = await listen(t);
  for (const topic of [
    ...['m3ter/100/8/reading', 'm3ter/100/7/credit', 'm3ter.100.7.credit', 'm3ter/100/7/reading/more'],
    ...['m3ter/101/7/reading', 'homeassistant/status', 'anything'],
  ])
    t.true(await isRefused(t, today, client => client.publishAsync(topic, 'x', { qos: 1 })), topic);
  for (const topic of [
    ...['m3ter/100/8/credit', 'm3ter/100/7/reading', 'm3ter/100/+/credit', 'm3ter/100/7/+', '#', '+/#'],
    ...['m3ter/100/7/#', '$SYS/#', 'anything'],
  ])
    t.true(await isRefused(t, today, client => client.subscribeAsync(topic, { qos: 1 })), topic);
  for (const topic of ['#', 'homeassistant/#', '+/100/7/reading', 'anything'])
    t.true(await isRefused(t, GATEWAY, client => client.subscribeAsync(topic)), `the gateway: ${topic}`);
  const will = { topic: 'm3ter/100/8/online', payload: Buffer.from('false'), qos: 1, retain: true } as const;
  (await connect(t, { ...today, will })).stream.destroy();
  const meter = await connect(t, today);
  const { writes, reads } = meterTopics(LINK.chainId, 7n);
  await meter.subscribeAsync([...reads], { qos: 1 });
  for (const topic of writes) await meter.publishAsync(topic, 'x', { qos: 1 });
  const own = writes.filter(topic => topic.startsWith('m3ter/'));
  await until('all has come', () => heard.length >= own.length);
  t.deepEqual(heard, own);
});

withChain('RabbitMQ with a registry: a gateway puts a new device there, which then is the meter', async t => {
  t.timeout(PATIENCE);
  const anvil = await startAnvil();
  t.teardown(() => anvil.stop());
  const rig = await GatewayRig.open(t, anvil);
  const { chain, deployment, domain } = rig.rig;
  let minutes = 0;
  const slots = new KeySlotCache(
    m3terId => readTokenSlot(chain, deployment.registry, m3terId),
    () => minutes * 60_000,
    () => {},
  );
  const auth = new BrokerAuth({
    ...{ domain, names: ['localhost'], now: () => Date.now() / 1000, vhost: '/', meters: [] },
    ...{ gateway: { user: GATEWAY.username, password: GATEWAY.password }, slot: id => slots.slot(id) },
  });
  const server = await serveBrokerAuth({ host: '127.0.0.1', port: place.hook, auth, onRefusal() {} });
  t.teardown(() => server.close());
  const login = () => loginOf(domain, DEVICE, 1n);
  const other = () => loginOf(domain, key(43), 1n);
  await t.throwsAsync(connect(t, login()), REFUSED, 'there is no such token');

  minutes++;
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.mint([OWNER.address]));
  const client = await connect(t, { ...GATEWAY, clientId: 'gateway', clean: false });
  const gateway = await rig.start({ client, submitter: ADMIN });
  const end = new AbortController();
  const running = gateway.run(end.signal);
  const heard = await listen(t);
  const told: string[] = [];
  const [reading] = rig.readings(1, { m3terId: 1n, signer: DEVICE }) as [Uint8Array];
  /** As a meter does when it is online. */
  const say = async (meter: MqttClient) => {
    meter.on('message', topic => told.push(topic));
    await meter.subscribeAsync([...meterTopics(chain.id, 1n).reads], { qos: 1 });
    for (const [stream, payload] of [
      ['online', 'true'],
      ['link', Buffer.from(rig.link(1n, DEVICE))],
      ['reading', Buffer.from(reading)],
    ] as const)
      await meter.publishAsync(rig.topic(1n, stream), payload, { qos: 1, retain: stream !== 'reading' });
  };
  t.true(await isRefused(t, login(), say), 'no readings before it is known');
  await until('it is put there', () => rig.noticed('link-mined') === 1);
  t.deepEqual(
    heard.filter(topic => topic !== rig.topic(1n, 'acknowledged')),
    ['online', 'link'].map(stream => rig.topic(1n, stream)),
  );

  minutes++;
  await say(await connect(t, login()));
  await until('the gateway has acknowledged', () => told.includes(rig.topic(1n, 'acknowledged')));
  await t.throwsAsync(connect(t, other()), REFUSED, 'the token is another’s now');
  end.abort();
  await running;

  minutes++;
  await anvil.stop();
  t.false(await isRefused(t, login(), say), 'known while the chain is away');
  await t.throwsAsync(connect(t, loginOf(domain, DEVICE, 2n)), REFUSED, 'unknown');
});
