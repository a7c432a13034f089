import test, { type ExecutionContext } from 'ava';
import type { MqttClient } from 'mqtt';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { wattHours } from '../../firmware/energy';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { Broker } from '../../simulator/broker/broker';
import { firstCome } from '../../simulator/broker/broker-login';
import { signDirective } from '../../simulator/directive';
import { HomeAssistant } from '../support/home-assistant';
import { connectClient, startMeter } from '../support/live-meter';
import { crypto } from '../support/messages';
import { LINK, M3TER_ID, MeterRig, type MeterRigOptions, MINUTE, OWNER } from '../support/meter-rig';
import { startMosquitto } from '../support/mosquitto';
import { until } from '../support/session';

const DISCOVERY = 'homeassistant/device/m3ter_100_7/config';
const STATES = 'm3ter/100/7/home';

function policy(version: number, change: object): Buffer {
  const message = { m3terId: M3TER_ID, ...INITIAL_POLICY, ...change, version };
  return Buffer.from(signDirective(new SigningDomain(crypto, LINK), OWNER, 'policy', message).payload);
}

/** A meter in virtual time, a broker that lets it at its own topics only, and Home Assistant. */
class Household {
  readonly rig: MeterRig;
  readonly broker: Broker;
  readonly client: MqttClient;
  readonly home: HomeAssistant;
  #asked = 0;

  static async open(t: ExecutionContext, options: MeterRigOptions = {}): Promise<Household> {
    const rigged: { rig?: MeterRig } = {};
    const now = () => rigged.rig?.clock.now();
    const broker = await Broker.open({
      logins: {
        domain: new SigningDomain(crypto, LINK),
        names: ['broker'],
        now: () => now() ?? 0,
        isLinked: firstCome(),
      },
    });
    t.teardown(() => broker.close());
    const rig = new MeterRig({ ...options, network: broker.network() });
    rigged.rig = rig;
    t.teardown(() => rig.isOn && rig.cutPower());
    const client = broker.client('home-assistant');
    t.teardown(() => client.endAsync(true));
    return new Household(rig, broker, client, await HomeAssistant.start(client));
  }

  private constructor(rig: MeterRig, broker: Broker, client: MqttClient, home: HomeAssistant) {
    this.rig = rig;
    this.broker = broker;
    this.client = client;
    this.home = home;
  }

  /** Linked, with some balance. */
  async boot(): Promise<void> {
    await this.rig.bootLinked();
    await this.say(
      'm3ter/100/7/credit',
      Buffer.from(this.rig.directive('credit', { credited: wattHours(1000), withdrawn: 0 })),
    );
    await this.rig.pass(1000);
  }

  async enable(version = 1, change: object = {}): Promise<void> {
    await this.say('m3ter/100/7/policy', policy(version, { homeAssistant: 1, ...change }));
  }

  async say(topic: string, payload: Buffer | string): Promise<void> {
    await this.client.publishAsync(topic, payload, { qos: 1, retain: true });
    await this.pass(2000);
  }

  /** Virtual time, and what the client has to do in between. */
  async pass(milliseconds: number): Promise<void> {
    await this.rig.pass(milliseconds);
    // What comes of it to the client is behind it when so much has gone there and back.
    for (let k = 0; k < 3; k++) await this.client.publishAsync('echo', '', { qos: 1 });
  }

  /** What the broker retains on a topic; undefined for nothing. */
  async retained(topic: string): Promise<string | undefined> {
    const last = `last/${this.#asked++}`;
    await this.client.publishAsync(last, 'x', { qos: 1, retain: true });
    const reader = this.broker.client('reader');
    const found = new Map<string, string>();
    const isOver = new Promise<void>(resolve => {
      reader.on('message', (name, payload) => {
        found.set(name, String(payload));
        if (name === last) resolve();
      });
    });
    // the broker sends what it retains in the order in which it came
    await reader.subscribeAsync([topic, last]);
    await isOver;
    await reader.endAsync();
    return found.get(topic);
  }
}

test('a meter whose policy says so appears by itself, with what it knows', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.pass(5 * MINUTE);
  t.deepEqual([...it.home.devices.keys()], []);
  await it.enable();
  t.deepEqual([...it.home.devices.keys()], [DISCOVERY]);
  for (let k = 0; k < 60; k++) {
    it.rig.draw(1234.5, 1000);
    await it.rig.pass(1000);
  }
  // A reading puts the registers on flash: what is not there is not told.
  await it.pass(16 * MINUTE);
  const { home, rig } = it;
  t.is(home.state('imported'), (rig.meter.registers?.imported as number) / 1e6);
  t.true((home.state('imported') as number) > 0.02);
  t.is(home.state('balance'), (rig.meter.balance as number) / 1e6);
  t.deepEqual(
    ['exported', 'power', 'voltage1', 'current1', 'frequency'].map(key => home.state(key)),
    [0, 1234.5, 230, 5.367, 50],
  );
  t.deepEqual(
    ['supply', 'reason', 'problem', 'hours_left', 'reading'].map(key => home.state(key)),
    [true, 'supplied', false, 'unknown', rig.meter.lastReading],
  );
  t.deepEqual(home.complaints, []);
});

test('a cut-off is shown at once and not a minute later', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable(1, { telemetryInterval: 3600 });
  t.is(it.home.state('supply'), true);
  for (let k = 0; k < 200; k++) it.rig.draw(20_000, 1000);
  await it.pass(2000);
  t.deepEqual([it.home.state('supply'), it.home.state('reason')], [false, 'exhausted']);
  t.true((it.home.state('balance') as number) < 0);
  t.deepEqual(it.home.complaints, []);
});

test('after a power cut the totals are those of before from the first word on, and never zero', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  for (let k = 0; k < 60; k++) it.rig.draw(10_000, 1000);
  await it.pass(2 * MINUTE);
  const before = it.home.state('imported') as number;
  t.true(before > 0.1);
  const said: string[] = [];
  it.client.on('message', (topic, payload) => topic === STATES && said.push(String(payload)));
  for (let k = 0; k < 3; k++) {
    it.rig.cutPower();
    await it.pass(MINUTE);
    t.is(it.home.state('imported'), 'unavailable');
    await it.rig.boot();
    await it.pass(2 * MINUTE);
    t.true((it.home.state('imported') as number) >= before);
  }
  t.true(said.length >= 6);
  for (const state of said) t.true(JSON.parse(state).imported >= before, state);
  t.deepEqual(it.home.complaints, []);
});

test('what a silent sensor would measure is unknown, and what was counted is not', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  it.rig.draw(3600, 1000);
  await it.pass(2 * MINUTE);
  it.rig.sensor.hush();
  await it.pass(2 * MINUTE);
  t.deepEqual(
    ['power', 'voltage1', 'current1', 'frequency'].map(key => it.home.state(key)),
    ['unknown', 'unknown', 'unknown', 'unknown'],
  );
  t.deepEqual(
    ['imported', 'reason', 'problem', 'supply'].map(key => it.home.state(key)),
    [0.001, 'fault', true, false],
  );
});

test('Home Assistant that comes later, or comes back, finds the meter', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  await it.pass(5 * MINUTE);
  const late = it.broker.client('late');
  t.teardown(() => late.endAsync(true));
  const home = await HomeAssistant.start(late);
  await it.pass(1000);
  t.is(home.state('supply'), true);
  const { length } = home.discoveries;
  await home.birth();
  await it.pass(1000);
  t.is(home.discoveries.length, length + 1);
  t.deepEqual(home.complaints, []);
});

test('births without end neither move the meter nor fill its log', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  await it.pass(2 * MINUTE);
  const { length } = it.home.discoveries;
  for (let k = 0; k < 300; k++) {
    for (const payload of ['online', 'offline', '', '{"online":true}', 'online'.repeat(600)])
      await it.client.publishAsync('homeassistant/status', payload, { qos: 1 });
    await it.pass(100);
  }
  await it.client.publishAsync('homeassistant/status', 'x'.repeat(100_000), { qos: 1, retain: true });
  await it.pass(MINUTE);
  t.true(it.home.discoveries.length - length <= 3, `${it.home.discoveries.length - length}`);
  t.true(it.rig.meter.isOnline);
  t.deepEqual(it.rig.meter.refused, {});
  t.deepEqual(it.home.complaints, []);
});

test('a policy that no longer says so takes it all away, and one that does brings it back', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  t.true((await it.retained(DISCOVERY)) !== undefined);
  await it.enable(2, { homeAssistant: 0 });
  t.is(await it.retained(DISCOVERY), undefined);
  t.is(await it.retained(STATES), undefined);
  t.deepEqual([...it.home.devices.keys()], []);
  await it.home.birth();
  await it.pass(5 * MINUTE);
  t.is(await it.retained(DISCOVERY), undefined);
  await it.enable(3);
  t.deepEqual([...it.home.devices.keys()], [DISCOVERY]);
  t.deepEqual(it.rig.meter.refused, {});
});

test('a meter that forgets its name takes its entities along', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  await it.say('m3ter/100/7/reset', Buffer.from(it.rig.directive('reset', { version: 5 }, OWNER)));
  t.is(it.rig.meter.m3terId, undefined);
  t.is(await it.retained(DISCOVERY), undefined);
  t.is(await it.retained(STATES), undefined);
  t.deepEqual([...it.home.devices.keys()], []);
});

test('another interval is told, by which momentary values expire', async t => {
  const it = await Household.open(t);
  await it.boot();
  await it.enable();
  await it.enable(2, { telemetryInterval: 600 });
  await it.pass(MINUTE);
  const expiry = it.home.discoveries.map(({ configuration }) => configuration.components.power?.expire_after);
  t.deepEqual([expiry[0], expiry.at(-1)], [180, 1800]);
});

test('a three-phase meter shows each phase', async t => {
  const it = await Household.open(t, { phases: 3 });
  await it.boot();
  await it.enable();
  await it.pass(2 * MINUTE);
  t.deepEqual(
    ['voltage1', 'voltage2', 'voltage3', 'current3', 'power'].map(key => it.home.state(key)),
    [230, 230, 230, 0, 0],
  );
  t.deepEqual(it.home.complaints, []);
});

test('with mosquitto it is the same: discovery, state, and unavailable when the meter has left', async t => {
  const { port, kill } = await startMosquitto();
  t.teardown(() => kill());
  const client = await connectClient(t, `mqtt://127.0.0.1:${port}`);
  await client.publishAsync('m3ter/100/7/policy', policy(1, { homeAssistant: 1 }), { qos: 1, retain: true });
  const home = await HomeAssistant.start(client);
  const meter = startMeter(t, { host: '127.0.0.1', port });
  await until('a reading is shown', () => Number(home.state('reading')) > 0);
  t.is(home.state('voltage1'), 230);
  await home.birth();
  await until('it is discovered again', () => home.discoveries.length > 1);
  meter.stop();
  await until('it has left', () => home.state('reading') === 'unavailable');
  t.deepEqual(home.complaints, []);
});
