import test, { type ExecutionContext } from 'ava';
import mqtt, { type IClientOptions } from 'mqtt';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { toHex } from '../../../firmware/bytes';
import { kilowattHours } from '../../../firmware/energy';
import { brokerLogin } from '../../../firmware/link/broker-login';
import { Broker } from '../../../simulator/broker/broker';
import type { BrokerAccess } from '../../../simulator/broker/broker-access';
import { firstCome } from '../../../simulator/broker/broker-login';
import { Operator } from '../../../simulator/operator';
import { crypto, key } from '../../support/messages';
import { LINK, linkOffer, MeterRig, MINUTE, OPERATOR, QUARTER } from '../../support/meter-rig';
import { freePort } from '../../support/mosquitto';
import { pass, until } from '../../support/session';

const domain = new SigningDomain(crypto, LINK);
const device = key(43);

async function openBroker(t: ExecutionContext, change: Partial<BrokerAccess> = {}): Promise<Broker> {
  const logins = { domain, names: ['broker'], now: () => QUARTER, isLinked: firstCome() };
  const broker = await Broker.open({ logins, ...change });
  t.teardown(() => broker.close());
  return broker;
}

/** A port on which any client may try. */
async function listening(t: ExecutionContext, change: Partial<BrokerAccess> = {}): Promise<string> {
  const port = await freePort();
  await (await openBroker(t, change)).listen(port);
  return `mqtt://127.0.0.1:${port}`;
}

/** mqtt.js in a meter's place. */
function meter(m3terId: bigint): IClientOptions {
  const clientId = `m3ter-${m3terId}-${toHex(device.address)}`;
  return { clientId, ...brokerLogin(domain, device, m3terId, 'broker', QUARTER) };
}

async function connect(t: ExecutionContext, url: string, options: IClientOptions) {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ...options }, false);
  t.teardown(() => client.endAsync(true));
  return client;
}

test('a whole meter logs in, is paid for and has its readings acknowledged; the operator has its password', async t => {
  const broker = await openBroker(t, { operatorPassword: 'secret' });
  const operator = new Operator(crypto, OPERATOR, LINK, broker.client('operator'));
  t.teardown(() => operator.close());
  await operator.open(LINK.m3terId);
  const network = broker.network();
  const rig = new MeterRig({ network });
  rig.assemble().start();
  t.true(rig.meter.link(linkOffer()).ok);
  operator.sell(LINK.m3terId, kilowattHours(2));
  await pass(20 * MINUTE, rig.clock, network);
  t.true(rig.relay.isClosed());
  t.deepEqual(rig.meter.connectionFaults, { version: 1 }, 'aedes speaks 3.1.1');
  t.is(rig.meter.acknowledged, rig.meter.lastReading);
  t.true(rig.meter.lastReading > 1);
  rig.cutPower();
});

test('a meter whose clock is days off is not let in, and keeps what it has to say', async t => {
  const network = (await openBroker(t)).network();
  const rig = new MeterRig({ network, time: QUARTER + 3 * 86_400 });
  rig.assemble().start();
  t.true(rig.meter.link(linkOffer()).ok);
  await pass(20 * MINUTE, rig.clock, network);
  t.false(rig.meter.isOnline);
  t.true((rig.meter.connectionFaults.unauthorized ?? 0) > 3);
  t.true(rig.meter.lastReading > 0);
  rig.cutPower();
});

test('who calls himself a meter and cannot prove it is not let in; anybody else is, where no password is asked', async t => {
  const url = await listening(t);
  const { password: _, ...unproved } = meter(8n);
  await t.throwsAsync(connect(t, url, unproved), { message: /Not authorized/ });
  await t.throwsAsync(connect(t, url, { ...meter(8n), clientId: meter(9n).clientId as string }));
  const anybody = await connect(t, url, { clientId: 'anybody' });
  t.true(anybody.connected);
});

test('with an operator’s password nobody else is let in but meters', async t => {
  const url = await listening(t, { operatorPassword: 'secret' });
  await t.throwsAsync(connect(t, url, { clientId: 'anybody' }), { message: /Not authorized/ });
  await t.throwsAsync(connect(t, url, { username: 'operator', password: 'guessed' }));
  for (const options of [{ username: 'operator', password: 'secret' }, meter(8n)])
    t.true((await connect(t, url, options)).connected);
});

test('a meter listens to its own directives, the Console’s answers and Home Assistant’s births only', async t => {
  const client = await connect(t, await listening(t), meter(8n));
  const isGranted = (topic: string) =>
    client.subscribeAsync(topic).then(
      () => true,
      () => false,
    );
  for (const stream of ['credit', 'policy', 'answer']) t.true(await isGranted(`m3ter/100/8/${stream}`));
  t.true(await isGranted('homeassistant/status'));
  const barred = ['100/9/credit', '100/8/reading', '100/8/#', '100/+/credit', '101/8/credit', '#'];
  const homes = ['homeassistant/#', 'homeassistant/device/m3ter_100_8/config'];
  for (const topic of [...barred.map(rest => `m3ter/${rest}`), ...homes, '#', '$SYS/#'])
    t.false(await isGranted(topic), topic);
});

test('a meter speaks on its own topics only: what it says elsewhere ends its connection and reaches nobody', async t => {
  const url = await listening(t);
  const heard: string[] = [];
  const listener = await connect(t, url, { clientId: 'anybody' });
  listener.on('message', topic => heard.push(topic));
  await listener.subscribeAsync(['m3ter/#', 'homeassistant/#']);
  const own = await connect(t, url, meter(8n));
  const streams = ['online', 'link', 'reading', 'event', 'telemetry', 'history', 'payload', 'home'];
  for (const topic of [...streams.map(it => `m3ter/100/8/${it}`), 'homeassistant/device/m3ter_100_8/config'])
    await own.publishAsync(topic, 'x', { qos: 1 });
  await until('heard', () => heard.length === 9);
  for (const topic of [
    ...['m3ter/100/9/reading', 'm3ter/100/8/credit', 'm3ter/100/8/answer', 'm3ter/101/8/reading', 'x'],
    ...['homeassistant/device/m3ter_100_9/config', 'homeassistant/device/m3ter_101_8/config'],
    ...['homeassistant/status', 'homeassistant/sensor/x/config'],
  ]) {
    const client = await connect(t, url, meter(8n));
    client.publish(topic, 'x', { qos: 1 }, () => {});
    await until('thrown out', () => !client.connected);
  }
  await listener.publishAsync('m3ter/end', 'x', { qos: 1 });
  await until('the end', () => heard.includes('m3ter/end'));
  t.is(heard.length, 10);
});
