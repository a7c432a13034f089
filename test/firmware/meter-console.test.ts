import test from 'ava';
import { decodePayloadV2 } from '../../firmware/attest/m3tering-v2';
import { wattHours } from '../../firmware/energy';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { ConsoleModel, consoleAnswer } from '../support/console-model';
import { detailNumberOf, type MeterRig, MINUTE, OWNER } from '../support/meter-rig';
import { inNode, meterTestEverywhere } from '../support/meter-test';

const BOTH = 3;
const WORD_ONLY = 2;
const CABLE_ONLY = 1;

/** A linked meter with some balance whose policy asks for a payload a minute. */
async function boot(rig: MeterRig, trustConsole = CABLE_ONLY): Promise<void> {
  await rig.bootLinked();
  await rig.credit(wattHours(1000));
  await instruct(rig, 1, { payloadInterval: 60, trustConsole });
}

function instruct(rig: MeterRig, version: number, change: object): Promise<void> {
  return rig.instruct('policy', { ...INITIAL_POLICY, ...change, version }, OWNER);
}

/** Lets time pass while the Console answers. @returns what it has got */
async function converse(rig: MeterRig, console: ConsoleModel, milliseconds: number): Promise<void> {
  let heard = rig.payloads('payload').length;
  for (let time = 0; time < milliseconds; time += 1000) {
    await rig.pass(1000);
    for (const payload of rig.payloads('payload').slice(heard)) {
      heard++;
      const answer = console.receive(payload);
      if (answer !== undefined) await say(rig, answer);
    }
  }
}

/** Not retained. */
async function say(rig: MeterRig, answer: Uint8Array): Promise<void> {
  rig.peers.at(-1)?.publish('m3ter/100/7/answer', answer, 1, 77);
  await rig.settle();
}

meterTestEverywhere(
  'from the policy that asks for it on, payloads tell the Console what was imported',
  async (t, rigOf) => {
    const rig = rigOf({ position: { latitude: 6.52, longitude: 3.38 } });
    await rig.bootLinked();
    await rig.credit(wattHours(1000));
    await rig.pass(5 * MINUTE);
    t.deepEqual(rig.payloads('payload'), []);
    await instruct(rig, 1, { payloadInterval: 60 });
    const console = new ConsoleModel();
    rig.draw(3600, 1000);
    await converse(rig, console, MINUTE);
    rig.draw(7200, 1000);
    await converse(rig, console, 2 * MINUTE);
    t.is(console.last, 2);
    t.is(console.energy, rig.meter.registers?.imported as number);
    const [question] = rig.payloads('payload');
    const decoded = decodePayloadV2(question as Uint8Array);
    if (!decoded.ok) return t.fail();
    const { nonce, energy, voltage, latitude, longitude } = decoded.value;
    t.deepEqual([nonce, energy as number, voltage, latitude, longitude], [0, 0, 230, 6.52, 3.38]);
  },
);

test('over power cuts the numbers go on, and nothing is told twice', async t => {
  const rig = inNode();
  await boot(rig);
  const console = new ConsoleModel();
  for (let k = 0; k < 4; k++) {
    rig.draw(3600, 1000);
    await converse(rig, console, 61_000);
    rig.cutPower();
    await rig.boot();
  }
  await converse(rig, console, 2 * MINUTE);
  t.deepEqual(
    console.taken.map(({ nonce }) => nonce),
    console.taken.map((_, k) => k + 1),
  );
  t.is(console.energy, rig.meter.registers?.imported as number);
});

test('is_on cuts the supply where the policy trusts it, and over power cuts, until it is taken back', async t => {
  const rig = inNode();
  await boot(rig, BOTH);
  const console = new ConsoleModel();
  rig.draw(1000, 1000);
  t.is(rig.meter.supply.reason, 'supplied');
  console.isOn = false;
  await converse(rig, console, MINUTE);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'suspended' });
  rig.cutPower();
  await rig.boot();
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'suspended' });
  t.false(rig.meter.ask().ok);
  console.isOn = true;
  await converse(rig, console, 2 * MINUTE);
  t.deepEqual(rig.meter.supply, { closed: true, reason: 'supplied' });
});

test('is_on is no credit, and no order of the operator gives way to it', async t => {
  const rig = inNode();
  await boot(rig, BOTH);
  const console = new ConsoleModel();
  for (let k = 0; k < 200; k++) rig.draw(20_000, 1000);
  await converse(rig, console, 2 * MINUTE);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'exhausted' });
  await rig.credit(wattHours(1_000_000));
  await rig.instruct('supply', { version: 1, state: 0, powerLimit: 0, until: 0 });
  await converse(rig, console, 2 * MINUTE);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'ordered' });
});

test('without that trust is_on changes nothing, and trust that is withdrawn gives the supply back', async t => {
  const rig = inNode();
  await boot(rig, CABLE_ONLY);
  const console = new ConsoleModel();
  console.isOn = false;
  rig.draw(1000, 1000);
  await converse(rig, console, 2 * MINUTE);
  t.is(rig.meter.supply.reason, 'supplied');
  await instruct(rig, 2, { payloadInterval: 60, trustConsole: BOTH });
  await converse(rig, console, 2 * MINUTE);
  t.is(rig.meter.supply.reason, 'suspended');
  await instruct(rig, 3, { payloadInterval: 60, trustConsole: CABLE_ONLY });
  await rig.pass(MINUTE);
  t.is(rig.meter.supply.reason, 'supplied');
  t.true(rig.meter.isConsoleTrusted);
  await instruct(rig, 4, { payloadInterval: 0, trustConsole: WORD_ONLY });
  t.false(rig.meter.isConsoleTrusted);
  await rig.pass(MINUTE);
  t.is(rig.meter.supply.reason, 'supplied');
});

test('a meter that was not asked for payloads hears no answers, and one that is no more falls silent', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(wattHours(1000));
  rig.draw(1000, 1000);
  for (const answer of [consoleAnswer(false), consoleAnswer(false, 7), new Uint8Array(3)])
    await say(rig, answer);
  t.is(rig.meter.supply.reason, 'supplied');
  t.deepEqual(rig.meter.refused, {});
  const subscribed = () =>
    rig.peers
      .flatMap(peer => peer.got('subscribe'))
      .map(packet => JSON.stringify(packet).includes('/answer'));
  t.deepEqual(subscribed(), [false]);
  await instruct(rig, 1, { payloadInterval: 60 });
  await rig.pass(1000);
  t.deepEqual(subscribed(), [false, true]);
  t.true(rig.meter.isOnline);
  await instruct(rig, 2, { payloadInterval: 0 });
  const { length } = rig.payloads('payload');
  await rig.pass(10 * MINUTE);
  t.is(rig.payloads('payload').length, length);
});

test('a flood of answers moves the relay once for each payload at most, and garbage never', async t => {
  const rig = inNode();
  await boot(rig, BOTH);
  rig.draw(1000, 1000);
  await rig.pass(2000);
  const before = rig.switched.length;
  for (let length = 0; length < 30; length++)
    await say(rig, new Uint8Array(length).fill(length === 9 ? 2 : 3));
  t.is(rig.switched.length, before);
  for (let k = 0; k < 300; k++) await say(rig, consoleAnswer(k % 2 === 0));
  await rig.pass(20_000);
  t.true(rig.switched.length - before <= 2, `${rig.switched.length - before}`);
  t.true(rig.meter.isOnline);
});

test('a Console that is out of step is told of in an event, and gets nothing but questions', async t => {
  const rig = inNode();
  await boot(rig);
  const console = new ConsoleModel();
  console.last = 41;
  rig.draw(3600, 1000);
  await converse(rig, console, 10 * MINUTE);
  t.deepEqual(rig.eventsOf('consoleOutOfStep').map(detailNumberOf), [41]);
  t.true(rig.payloads('payload').every(payload => Buffer.from(payload).readUInt32BE(0) === 0));
});
