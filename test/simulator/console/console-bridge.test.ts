import { readFileSync } from 'node:fs';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { z } from 'zod';
import { equal } from '../../../firmware/bytes';
import { deviceEui } from '../../../simulator/console/device-directory';
import { bytes } from '../../support/messages';
import { PayloadMeter, publicKeyOf, signedPayload } from '../../support/payload-meter';
import { until } from '../../support/session';
import { APPLICATION, bridgeRig } from './bridge-rig';

const GOLDEN: { readonly payload: string } = JSON.parse(
  readFileSync(new URL('../../vectors/m3tering-v2.json', import.meta.url), 'utf8'),
);
const OK = '010000000000000000';
const UUID = z.uuid().or(z.literal('00000000-0000-0000-0000-000000000000'));

/** ChirpStack v4's event `up`, after integration.proto in its JSON mapping. */
const UPLINK = z.strictObject({
  deduplicationId: z.uuid(),
  time: z.iso.datetime(),
  deviceInfo: z.strictObject({
    tenantId: UUID,
    tenantName: z.string(),
    applicationId: z.literal(APPLICATION),
    applicationName: z.string(),
    deviceProfileId: UUID,
    deviceProfileName: z.string(),
    deviceName: z.string().min(1),
    devEui: z.string().regex(/^[0-9a-f]{16}$/),
    deviceClassEnabled: z.enum(['CLASS_A', 'CLASS_B', 'CLASS_C']),
    tags: z.record(z.string(), z.string()),
  }),
  devAddr: z.string().regex(/^[0-9a-f]{8}$/),
  adr: z.boolean(),
  dr: z.int().min(0),
  fCnt: z.int().min(0),
  fPort: z.literal(2),
  confirmed: z.literal(false),
  data: z.base64(),
  rxInfo: z.array(z.never()),
});

test('the payload of a meter in service reaches the Console as an uplink of ChirpStack, and its answer the meter', async t => {
  const rig = await bridgeRig(t, { apiToken: 'a token' });
  const [meter, console] = [await rig.meter(7), await rig.console()];
  await meter.send(bytes(GOLDEN.payload));
  await until('the answer has come', () => meter.answers.length === 1);
  t.deepEqual(meter.answers, [OK]);
  const devEui = deviceEui(100, 7n);
  t.deepEqual(console.topics, [`application/${APPLICATION}/device/${devEui}/event/up`]);
  const event = UPLINK.parse(console.events[0]);
  t.is(Buffer.from(event.data, 'base64').toString('hex'), GOLDEN.payload);
  t.is(event.deviceInfo.devEui, devEui);
  t.deepEqual(event.deviceInfo.tags, { chainId: '100', m3terId: '7' });
  await until('Enqueue has answered', () => console.enqueued.length === 1);
  t.regex(`${console.enqueued[0]}`, /^[0-9a-f-]{36}$/);
  t.deepEqual(rig.reports, [
    { what: 'uplink', m3terId: 7n },
    { what: 'answer', m3terId: 7n },
  ]);
});

test('nobody but the bridge says anything on the MQTT that it opens for the Console', async t => {
  const rig = await bridgeRig(t);
  const [meter, console] = [await rig.meter(7), await rig.console()];
  const topic = `application/${APPLICATION}/device/${deviceEui(100, 7n)}/event/up`;
  const at = { host: '127.0.0.1', port: rig.bridge.mqttPort ?? 0, reconnectPeriod: 0 };
  const loud = await connectAsync({
    ...at,
    will: { topic, payload: Buffer.from('{}'), qos: 1, retain: true },
  });
  const closed = new Promise<void>(resolve => loud.once('close', resolve));
  loud.on('error', () => {});
  loud.publish(topic, '{}', { qos: 1, retain: true });
  await closed;
  await meter.say(0, 0, true);
  await until('the meter is answered', () => meter.answers.length === 1);
  t.is(console.events.length, 1);
});

test('an answer is retained for nobody', async t => {
  const rig = await bridgeRig(t);
  const [meter] = [await rig.meter(7), await rig.console()];
  await meter.say(0, 0, true);
  await until('the answer has come', () => meter.answers.length === 1);
  const client = rig.broker.client('late');
  t.teardown(() => client.end(true));
  const late = await PayloadMeter.start(client, 7);
  await meter.say(1, 100);
  await until('the next has come', () => late.answers.length > 0 && meter.answers.length === 2);
  t.is(late.answers.length, 1);
});

test('a meter and a Console find out through the bridge what has arrived', async t => {
  const rig = await bridgeRig(t);
  const [meter, console] = [await rig.meter(7), await rig.console()];
  const dropped = async (count: number) => until('it is dropped', () => console.drops.length === count);
  const answered = async (count: number) => until('it is answered', () => meter.answers.length === count);
  await meter.say(1, 100);
  await dropped(1);
  await meter.say(0, 0, true);
  await answered(1);
  await meter.say(1, 100);
  await answered(2);
  await meter.say(2, 200);
  await answered(3);
  await meter.say(2, 200);
  await dropped(2);
  await meter.say(5, 500);
  await dropped(3);
  console.isOn = false;
  await meter.say(0);
  await answered(4);
  t.deepEqual(meter.answers, [OK, OK, OK, '00000000020000000000000000']);
  t.deepEqual(console.drops, ['unknown-device', 'wrong-nonce', 'wrong-nonce']);
  t.deepEqual(
    console.accepted.map(({ nonce, energy }) => [nonce, energy]),
    [
      [1, 100],
      [2, 200],
    ],
  );
  t.deepEqual(
    console.events.map(event => UPLINK.parse(event).fCnt),
    [0, 1, 2, 3, 4, 5, 6],
  );
});

test('a payload that comes while the one before is handled is dropped by the Console, and held back by nobody', async t => {
  const rig = await bridgeRig(t);
  const [meter, console] = [await rig.meter(7), await rig.console()];
  let go = () => {};
  console.chain = () => new Promise(resolve => (go = resolve));
  await meter.say(1, 100, true);
  await until('the first is under way', () => console.events.length === 1);
  await meter.say(2, 100, true);
  await until('the second is dropped', () => console.drops.length === 1);
  go();
  await until('the first is answered', () => meter.answers.length === 1);
  t.deepEqual(console.drops, ['busy']);
  t.is(console.accepted.length, 1);
});

test('the answers to many meters at once reach each its own', async t => {
  const rig = await bridgeRig(t);
  const console = await rig.console();
  const meters = await Promise.all(Array.from({ length: 8 }, (_, k) => rig.meter(k + 1)));
  await Promise.all(meters.map(meter => meter.say(0, 0, true)));
  await until('all are known', () => meters.every(({ answers }) => answers.length === 1));
  // one payload more of each meter than of the one before it
  await Promise.all(
    meters.map(async (meter, k) => {
      for (let nonce = 1; nonce <= k; nonce++) {
        await meter.say(nonce, 1000 * k + nonce);
        await until('it is accepted', () => meter.answers.length === 1 + nonce);
      }
      await meter.say(0);
      await until('the last nonce is told', () => meter.answers.length === 2 + k);
    }),
  );
  for (const [k, { answers }] of meters.entries()) {
    const told = k === 0 ? OK : `01${k.toString(16).padStart(8, '0')}0000000000000000`;
    t.deepEqual(answers, [...Array(k + 1).fill(OK), told]);
  }
  for (const { devEui, energy, nonce } of console.accepted)
    t.is(devEui, deviceEui(100, BigInt((energy - nonce) / 1000 + 1)));
});

test('what is no payload, or of another chain or stream, goes no further', async t => {
  const rig = await bridgeRig(t);
  const [meter, console, other] = [await rig.meter(7), await rig.console(), rig.broker.client('other')];
  t.teardown(() => other.end(true));
  for (const length of [0, 1, 71, 73, 75, 105, 107, 110, 113, 5000]) await meter.send(new Uint8Array(length));
  const payload = Buffer.from(signedPayload(meter.key, 0, 0, true));
  for (const topic of [
    'm3ter/101/7/payload',
    'm3ter/100/7/reading',
    'm3ter/100/07/payload',
    'm3ter/100/x/payload',
  ])
    await other.publishAsync(topic, payload, { qos: 1 });
  await meter.say(0, 0, true);
  await until('the payload is answered', () => meter.answers.length === 1);
  t.is(console.events.length, 1);
  t.deepEqual(
    rig.reports.slice(0, 10).map(({ what }) => what),
    Array(10).fill('no-payload'),
  );
  t.is(rig.reports.length, 12);
});

test('a device id goes through only where the registry does not have it for another meter', async t => {
  let owner: Uint8Array | undefined;
  const isForeignKey = async (m3terId: bigint, publicKey: Uint8Array) => {
    if (m3terId === 9n) throw new Error('the node is away');
    return m3terId !== 7n && owner !== undefined && equal(owner, publicKey);
  };
  const rig = await bridgeRig(t, { isForeignKey });
  const [seven, eight, nine] = [await rig.meter(7), await rig.meter(8), await rig.meter(9)];
  const console = await rig.console();
  owner = publicKeyOf(seven.key);
  await eight.send(signedPayload(seven.key, 0, 0, true));
  await nine.say(0, 0, true);
  await until('both were judged', () => rig.reports.length === 2);
  await seven.say(0, 0, true);
  await eight.say(0, 0, true);
  await until('both are answered', () => seven.answers.length === 1 && eight.answers.length === 1);
  t.deepEqual(
    rig.reports.filter(({ what }) => what !== 'uplink' && what !== 'answer'),
    [
      { what: 'foreign-key', m3terId: 8n },
      { what: 'no-registry', m3terId: 9n },
    ],
  );
  t.is(console.events.length, 2);
});

test('whoever floods the bridge with device ids has the registry asked once at a time', async t => {
  let asked = 0;
  let answer = (_isForeign: boolean) => {};
  const isForeignKey = () => {
    asked++;
    return new Promise<boolean>(resolve => {
      answer = resolve;
    });
  };
  const rig = await bridgeRig(t, { isForeignKey });
  const [seven, console] = [await rig.meter(7), await rig.console()];
  for (let count = 0; count < 50; count++) await seven.say(0, 0, true);
  await until('the others were judged', () => rig.reports.length === 49);
  t.true(rig.reports.every(({ what }) => what === 'busy'));
  answer(false);
  await until('the first went on', () => console.events.length === 1);
  t.is(asked, 1);
});
