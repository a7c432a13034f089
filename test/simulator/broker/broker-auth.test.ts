import test from 'ava';
import fc from 'fast-check';
import { addressText } from '../../../firmware/attest/address';
import type { SigningKey } from '../../../firmware/attest/device-key';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { toHex } from '../../../firmware/bytes';
import { brokerLogin } from '../../../firmware/link/broker-login';
import {
  BrokerAuth,
  type BrokerAuthOptions,
  QUESTIONS,
  type Question,
} from '../../../simulator/broker/broker-auth';
import { meterTopics } from '../../../simulator/broker/meter-topics';
import type { TokenSlot } from '../../../simulator/broker/registered-meters';
import { withNativeSignatures } from '../../../simulator/native-signatures';
import { crypto, key, REGISTRY } from '../../support/messages';

const DAY = 86_400;
const NOON = 20_000 * DAY + DAY / 2;
const domain = new SigningDomain(withNativeSignatures(crypto), { chainId: 100, registry: REGISTRY });
const device = key(42);
const other = key(43);
const GATEWAY = { user: 'gateway', password: 'secret' };

const SLOTS: Readonly<Record<string, TokenSlot>> = {
  7: { device: device.address },
  8: { device: other.address },
  9: 'none',
  10: 'no-address',
};

function open(change: Partial<BrokerAuthOptions> = { gateway: GATEWAY }): BrokerAuth {
  return new BrokerAuth({
    domain,
    names: ['localhost', 'broker'],
    now: () => NOON,
    vhost: '/',
    meters: [],
    slot: async m3terId => SLOTS[`${m3terId}`] ?? 'no-token',
    ...change,
  });
}

type Form = Readonly<Record<string, string>>;

/** `allow`, or why not. */
async function ask(auth: BrokerAuth, question: Question, form: Form): Promise<string> {
  const decision = await auth.decide(question, new URLSearchParams({ vhost: '/', ...form }));
  return decision.ok ? 'allow' : decision.fault;
}

const clientId = (m3terId: bigint, signer = device) => `m3ter-${m3terId}-${toHex(signer.address)}`;
const username = (signer = device) => `0x${toHex(signer.address)}`;

interface Said {
  readonly m3terId?: bigint;
  readonly signer?: SigningKey;
  readonly broker?: string;
  readonly days?: number;
}

function login({ m3terId = 7n, signer = device, broker = 'broker', days = 0 }: Said = {}): Form {
  const said = brokerLogin(domain, signer, m3terId, broker, NOON + days * DAY);
  return { client_id: clientId(m3terId, signer), ...said };
}

function about(permission: string, topic: string, m3terId = 7n, signer = device): Form {
  return {
    ...{ username: username(signer), resource: 'topic', name: 'amq.topic', permission },
    ...{ routing_key: topic.replaceAll('/', '.'), 'variable_map.client_id': clientId(m3terId, signer) },
  };
}

test('a meter gets in by its signature of yesterday, today or tomorrow for this broker, and by no other', async t => {
  const auth = open();
  const ofDays = await Promise.all([-2, -1, 0, 1, 2].map(days => ask(auth, 'user', login({ days }))));
  t.deepEqual(ofDays, ['wrong-signature', 'allow', 'allow', 'allow', 'wrong-signature']);
  t.is(await ask(auth, 'user', login({ broker: 'localhost' })), 'allow');
  t.is(await ask(auth, 'user', login({ broker: 'evil.example' })), 'wrong-signature');
  t.is(
    await ask(auth, 'user', { ...login(), password: login({ signer: other }).password as string }),
    'wrong-signature',
  );
  t.is(await ask(auth, 'user', { ...login(), password: '' }), 'malformed');
});

test('what the registry has decides which M3ter a device is', async t => {
  const auth = open();
  t.is(await ask(auth, 'user', login({ m3terId: 8n })), 'not-linked');
  t.is(await ask(auth, 'user', login({ m3terId: 9n })), 'allow', 'it may ask for the empty slot');
  t.is(await ask(auth, 'user', login({ m3terId: 10n })), 'not-linked');
  t.is(await ask(auth, 'user', login({ m3terId: 11n })), 'no-token');
  const away = open({ slot: async () => undefined });
  t.is(await ask(away, 'user', login()), 'chain-away');
  t.is(await ask(away, 'topic', about('write', 'm3ter/100/7/reading')), 'chain-away');
});

test('a meter that is named by hand is let in whatever the registry has, and others are not', async t => {
  const meters = [{ m3terId: 10n, device: device.address }];
  for (const auth of [open({ meters }), open({ meters, slot: async () => undefined })]) {
    t.is(await ask(auth, 'user', login({ m3terId: 10n })), 'allow');
    t.is(await ask(auth, 'topic', about('write', 'm3ter/100/10/payload', 10n)), 'allow');
    t.not(await ask(auth, 'user', login({ m3terId: 10n, signer: other })), 'allow');
    t.not(await ask(auth, 'user', login({ m3terId: 8n })), 'allow', 'as that M3ter only');
  }
});

test('a meter writes what it says, reads what it hears, and nothing else', async t => {
  const auth = open();
  const { writes, reads } = meterTopics(100, 7n);
  const ways: Readonly<Record<string, readonly string[]>> = { write: writes, read: reads, configure: [] };
  for (const [permission, own] of Object.entries(ways))
    for (const topic of [...writes, ...reads])
      t.is(
        await ask(auth, 'topic', about(permission, topic)),
        own.includes(topic) ? 'allow' : 'foreign',
        `${permission} ${topic}`,
      );
  const foreign = [
    '#',
    '*',
    'm3ter.#',
    'm3ter.100.7.#',
    'm3ter.100.*.credit',
    'm3ter.100.8.reading',
    'm3ter.100.8.credit',
  ];
  for (const topic of [
    ...foreign,
    'm3ter.101.7.reading',
    'm3ter.100.07.reading',
    'm3ter.100.7.reading.',
    '$SYS.#',
    '',
  ])
    for (const permission of ['write', 'read'])
      t.is(await ask(auth, 'topic', about(permission, topic)), 'foreign', topic);
  t.is(await ask(auth, 'topic', { ...about('write', 'm3ter/100/7/reading'), name: 'amq.direct' }), 'foreign');
});

test('of any topic a meter gets at those only that are its own to the letter', async t => {
  const auth = open();
  const own = meterTopics(100, 7n).writes.map(topic => topic.replaceAll('/', '.'));
  const piece = fc.constantFrom(
    'm3ter',
    '100',
    '7',
    '8',
    '07',
    'reading',
    'credit',
    '*',
    '#',
    '',
    '..',
    '7\u0000',
  );
  const topic = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join('.')),
    fc.tuple(fc.constantFrom(...own), fc.string()).map(([text, more]) => text + more),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(topic, async text => {
      const answer = await ask(auth, 'topic', about('write', text));
      t.is(answer === 'allow', own.includes(text), text);
    }),
    { numRuns: 300 },
  );
});

test('a device that the registry does not know yet says that it is there and who it is, and hears', async t => {
  const auth = open();
  const { writes, reads } = meterTopics(100, 9n);
  const allowed: string[] = [];
  for (const topic of writes)
    if ((await ask(auth, 'topic', about('write', topic, 9n))) === 'allow') allowed.push(topic);
  t.deepEqual(allowed, ['m3ter/100/9/online', 'm3ter/100/9/link']);
  for (const topic of reads) t.is(await ask(auth, 'topic', about('read', topic, 9n)), 'allow', topic);
  t.is(await ask(auth, 'topic', about('write', 'm3ter/100/7/link', 9n)), 'foreign');
});

test('who is asked about is who the client identifier and the name say together', async t => {
  const auth = open();
  const reading = about('write', 'm3ter/100/7/reading');
  t.is(
    await ask(auth, 'topic', { ...reading, username: addressText(crypto, device.address) }),
    'allow',
    'EIP-55',
  );
  t.is(await ask(auth, 'topic', { ...reading, username: username(other) }), 'malformed');
  t.is(await ask(auth, 'topic', { ...reading, 'variable_map.client_id': clientId(7n, other) }), 'malformed');
  t.is(await ask(auth, 'topic', { ...reading, 'variable_map.client_id': 'mqttjs_1' }), 'malformed');
  t.is(await ask(auth, 'topic', about('write', 'm3ter/100/7/reading', 7n, other)), 'not-linked');
  t.is(await ask(auth, 'topic', { ...reading, vhost: 'another' }), 'foreign');
  t.is(await ask(open({ vhost: 'm3ter' }), 'topic', { ...reading, vhost: 'm3ter' }), 'allow');
});

test('a client has the queues of its own name and the exchange of MQTT, and no other resource', async t => {
  const auth = open();
  const gateway = { username: GATEWAY.user, client_id: 'gateway-100' };
  for (const who of [{ username: username(), client_id: clientId(7n) }, gateway]) {
    const resource = (kind: string, name: string, permission: string) =>
      ask(auth, 'resource', { ...who, resource: kind, name, permission });
    for (const qos of ['qos0', 'qos1'])
      for (const permission of ['configure', 'write', 'read']) {
        t.is(await resource('queue', `mqtt-subscription-${who.client_id}${qos}`, permission), 'allow');
        t.is(
          await resource('queue', `mqtt-subscription-${clientId(8n, other)}${qos}`, permission),
          'foreign',
        );
      }
    t.is(await resource('exchange', 'amq.topic', 'write'), 'allow');
    t.is(await resource('exchange', 'amq.topic', 'read'), 'allow');
    t.is(await resource('exchange', 'amq.topic', 'configure'), 'foreign');
    t.is(await resource('exchange', 'amq.direct', 'write'), 'foreign');
    t.is(await resource('exchange', '', 'write'), 'foreign');
    t.is(await ask(auth, 'vhost', who), 'allow');
    t.is(await ask(auth, 'vhost', { ...who, vhost: 'another' }), 'foreign');
  }
  t.is(await ask(auth, 'vhost', { username: 'guest', client_id: 'guest' }), 'malformed');
});

test('the gateway has its password, and every topic under m3ter/ with wildcards, but not as a meter', async t => {
  const auth = open();
  const gateway = { username: GATEWAY.user, client_id: 'gateway-100' };
  t.is(await ask(auth, 'user', { ...gateway, password: 'secret' }), 'allow');
  for (const password of ['', 'secre', 'secret ', 'Secret'])
    t.is(await ask(auth, 'user', { ...gateway, password }), 'wrong-password', password);
  t.is(await ask(auth, 'user', { ...gateway, client_id: clientId(7n), password: 'secret' }), 'malformed');
  const topic = (routing_key: string, permission = 'read') =>
    ask(auth, 'topic', { ...gateway, name: 'amq.topic', permission, routing_key });
  for (const own of ['m3ter.#', 'm3ter.100.*.reading', 'm3ter.100.7.credit']) t.is(await topic(own), 'allow');
  t.is(await topic('m3ter.100.7.credit', 'write'), 'allow');
  for (const foreign of ['#', '*.#', '*.100.7.credit', 'm3ter', 'm3terx.1', 'homeassistant.status', ''])
    t.is(await topic(foreign), 'foreign', foreign);
});

test('where no gateway is named, nobody gets in as one', async t => {
  const auth = open({});
  for (const name of ['', 'gateway', 'undefined'])
    t.is(await ask(auth, 'user', { username: name, client_id: 'x', password: '' }), 'malformed');
});

test('only so many signatures are checked in a second, and the gateway gets in meanwhile', async t => {
  let now = NOON;
  const auth = open({ now: () => now, gateway: GATEWAY });
  const answers: string[] = [];
  for (let k = 0; k < 250; k++) answers.push(await ask(auth, 'user', login()));
  t.is(answers.filter(answer => answer === 'allow').length, 200);
  t.is(answers.at(-1), 'too-many-logins');
  t.is(await ask(auth, 'topic', about('write', 'm3ter/100/7/reading')), 'allow');
  t.is(await ask(auth, 'user', { username: 'gateway', client_id: 'g', password: 'secret' }), 'allow');
  now++;
  t.is(await ask(auth, 'user', login()), 'allow');
});

test('whatever is asked, there is an answer, and a stranger’s is no', async t => {
  const auth = open();
  const value = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.constantFrom(
      'm3ter-',
      clientId(7n),
      clientId(7n, other),
      username(),
      'gateway',
      'amq.topic',
      'topic',
      '/',
    ),
  );
  const fields = ['username', 'password', 'client_id', 'variable_map.client_id', 'vhost', 'name', 'resource'];
  const form = fc.record(
    Object.fromEntries([...fields, 'permission', 'routing_key'].map(name => [name, value])),
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(form, async said => {
      t.not(await ask(auth, 'user', said as Form), 'allow');
      for (const question of QUESTIONS) t.is(typeof (await ask(auth, question, said as Form)), 'string');
    }),
    { numRuns: 300 },
  );
});
