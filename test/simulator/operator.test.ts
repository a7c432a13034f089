import test, { type ExecutionContext } from 'ava';
import type { MqttClient } from 'mqtt';
import { encodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT, LINK } from '../../firmware/attest/signed-types';
import type { Message, StructType } from '../../firmware/attest/struct-type';
import { verifyDirective } from '../../firmware/directives/verify';
import { kilowattHours } from '../../firmware/energy';
import { Broker } from '../../simulator/broker/broker';
import { Operator } from '../../simulator/operator';
import { crypto, key, REGISTRY } from '../support/messages';
import { CHAIN_ID, device, domain, M3TER_ID, makeReadings } from '../support/readings';
import { until } from '../support/session';

const seller = key(2);
const stranger = key(66);
const AUTHORITY = { domain, m3terId: M3TER_ID, owner: key(1).address, operator: seller.address };

interface World {
  readonly operator: Operator;
  /** Says it in the meter's place; resolves when the broker has it. */
  say(stream: string, payload: Uint8Array): Promise<void>;
  /** What the operator has published, by stream, newest last. */
  readonly heard: Readonly<Record<'credit' | 'acknowledged', Uint8Array[]>>;
}

async function open(t: ExecutionContext): Promise<World> {
  const broker = await Broker.open();
  const client = broker.client('world');
  const operator = new Operator(
    crypto,
    seller,
    { chainId: CHAIN_ID, registry: REGISTRY },
    broker.client('op'),
  );
  t.teardown(async () => {
    await operator.close();
    await client.endAsync(true);
    await broker.close();
  });
  const heard = { credit: [] as Uint8Array[], acknowledged: [] as Uint8Array[] };
  client.on('message', (topic, payload) => {
    heard[topic.split('/')[3] as keyof typeof heard].push(new Uint8Array(payload));
  });
  await client.subscribeAsync(Object.keys(heard).map(topicOf), { qos: 1 });
  await operator.open(M3TER_ID);
  return { operator, heard, say: (stream, payload) => say(client, stream, payload) };
}

async function say(client: MqttClient, stream: string, payload: Uint8Array): Promise<void> {
  await client.publishAsync(topicOf(stream), Buffer.from(payload), { qos: 1 });
}

function topicOf(stream: string): string {
  return `m3ter/${CHAIN_ID}/${M3TER_ID}/${stream}`;
}

function signed<Type extends StructType>(type: Type, message: Message<Type>, signer = device): Uint8Array {
  return encodeEnvelope(type, message, domain.sign(type, message, signer.privateKey));
}

const LINK_CLAIM = signed(LINK, { m3terId: M3TER_ID, device: device.address });

/** After this, all that was said before has been dealt with: an event is told last. */
async function settled(world: World, sequence = 1): Promise<void> {
  const detail = new Uint8Array(32);
  const event = { m3terId: M3TER_ID, sequence, timestamp: 1, code: 1, detail, previous: detail };
  await world.say('event', signed(EVENT, event));
  await until('the event came', () => world.operator.account(M3TER_ID).events.at(-1)?.sequence === sequence);
}

function faults({ operator }: World): string[] {
  return operator.account(M3TER_ID).readings.flatMap(({ problems }) => problems.map(({ fault }) => fault));
}

test('readings of a linked meter are acknowledged as they come, each once', async t => {
  const world = await open(t);
  await world.say('link', LINK_CLAIM);
  const readings = makeReadings(3);
  for (const reading of [...readings, ...readings]) await world.say('reading', reading);
  await settled(world);
  const account = world.operator.account(M3TER_ID);
  t.deepEqual([account.acknowledged, account.readings.length, faults(world)], [3, 3, []]);
  t.deepEqual(account.device, device.address);
  await until('all acknowledgements came', () => world.heard.acknowledged.length === 3);
  world.heard.acknowledged.forEach((payload, index) => {
    const message = { m3terId: M3TER_ID, sequence: index + 1 };
    const directive = verifyDirective(AUTHORITY, 'acknowledged', payload);
    t.deepEqual<unknown, unknown>(directive, {
      ok: true,
      value: { kind: 'acknowledged', message, signer: seller.address },
    });
  });
});

test('forged, foreign, garbled and unlinked readings are not acknowledged', async t => {
  const world = await open(t);
  const [first] = makeReadings(1) as [Uint8Array];
  await world.say('reading', first);
  await world.say('link', signed(LINK, { m3terId: M3TER_ID, device: key(5).address }, stranger));
  await world.say('link', signed(LINK, { m3terId: 8n, device: device.address }));
  await world.say('link', LINK_CLAIM);
  await world.say('link', signed(LINK, { m3terId: M3TER_ID, device: stranger.address }, stranger));
  const [forged] = makeReadings(1, { signer: stranger }) as [Uint8Array];
  const tampered = first.slice();
  tampered[tampered.length - 1] = (tampered.at(-1) as number) ^ 1;
  for (const bad of [forged, tampered, first.slice(1), new Uint8Array(), Uint8Array.of(0xff)])
    await world.say('reading', bad);
  await settled(world);
  const account = world.operator.account(M3TER_ID);
  t.deepEqual(account.device, device.address, 'the first device that signs for itself, and no other');
  t.deepEqual([account.acknowledged, world.heard.acknowledged.length], [0, 0]);
  t.deepEqual(faults(world), ['wrong-signer', 'wrong-signer']);
  await world.say('reading', first);
  await settled(world, 2);
  t.is(world.operator.account(M3TER_ID).acknowledged, 1, 'the forgeries did no harm');
});

test('a fork and a gap are seen, and nothing after them is acknowledged on their account', async t => {
  const world = await open(t);
  await world.say('link', LINK_CLAIM);
  const [one, two, , four] = makeReadings(4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const [, otherTwo, otherThree] = makeReadings(3, { imported: sequence => 1000 * sequence + 5 }) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  for (const reading of [one, two, otherTwo, otherThree, four]) await world.say('reading', reading);
  await settled(world);
  t.deepEqual(faults(world), ['fork', 'broken-chain']);
  t.is(world.operator.account(M3TER_ID).acknowledged, 2);
});

test('what comes ahead of what is missing counts once that has come, and is right then', async t => {
  const world = await open(t);
  await world.say('link', LINK_CLAIM);
  const [one, two, three, four] = makeReadings(4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  for (const reading of [one, three, four]) await world.say('reading', reading);
  await settled(world);
  t.is(world.operator.account(M3TER_ID).acknowledged, 1);
  t.is(world.operator.account(M3TER_ID).readings.length, 1);
  for (const reading of [two, three, four]) await world.say('reading', reading);
  await settled(world, 2);
  t.deepEqual(faults(world), []);
  t.is(world.operator.account(M3TER_ID).acknowledged, 4);
});

test('what is sold adds up, and is retained for a meter that comes later', async t => {
  const world = await open(t);
  world.operator.sell(M3TER_ID, kilowattHours(2));
  world.operator.sell(M3TER_ID, kilowattHours(0.5));
  await until('both credits came', () => world.heard.credit.length === 2);
  const totals = world.heard.credit.map(payload => {
    const directive = verifyDirective(AUTHORITY, 'credit', payload);
    return directive.ok && directive.value.kind === 'credit' && directive.value.message.credited;
  });
  t.deepEqual(totals, [kilowattHours(2), kilowattHours(2.5)]);
  t.is(world.operator.account(M3TER_ID).credited, kilowattHours(2.5));
});

test('events count once, in order, and only by the device', async t => {
  const world = await open(t);
  await world.say('link', LINK_CLAIM);
  const detail = new Uint8Array(32);
  const event = (sequence: number) => ({
    ...{ m3terId: M3TER_ID, sequence, timestamp: 1, code: 1, detail, previous: detail },
  });
  await world.say('event', signed(EVENT, event(1)));
  await world.say('event', signed(EVENT, event(1)));
  await world.say('event', signed(EVENT, event(2), stranger));
  await world.say('event', Uint8Array.of(1, 2, 3));
  await settled(world, 3);
  const sequences = world.operator.account(M3TER_ID).events.map(({ sequence }) => sequence);
  t.deepEqual(sequences, [1, 3]);
});

test('an account of a meter that was not taken on is misuse', async t => {
  const { operator } = await open(t);
  t.throws(() => operator.account(8n), { message: 'account: expected a meter taken on before, got 8' });
  t.throws(() => operator.sell(8n, kilowattHours(1)), { message: /expected a meter taken on before, got 8/ });
});
