import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { hexToBytes } from 'viem';
import { WebSocket } from 'ws';
import { decodeEnvelope, encodeEnvelope } from '../../../firmware/attest/envelope';
import { detailNumber, detailText, EVENT_CODES } from '../../../firmware/attest/event';
import { EVENT } from '../../../firmware/attest/signed-types';
import { encodeTelemetry } from '../../../firmware/attest/telemetry';
import { DIRECTIVES } from '../../../firmware/directives/directive';
import { Meter } from '../../../firmware/meter';
import { emulatedFlash } from '../../../hosts/mock/flash';
import { MockRelay } from '../../../hosts/mock/relay';
import { SteadySensor } from '../../../hosts/mock/steady-sensor';
import { RealClock } from '../../../hosts/node/clock';
import { startPage } from '../../../simulator/cli/gateway-page';
import { signDirective } from '../../../simulator/directive';
import { Failure } from '../../../simulator/errors';
import { makeLinkOffer } from '../../../simulator/link-document';
import { GatewaySource } from '../../../simulator/page/gateway-source';
import type { Reply } from '../../../simulator/page/messages';
import type { PageAction } from '../../../simulator/page/page-action';
import type { CircleStepName, MeterView } from '../../../simulator/page/page-state';
import { servePage } from '../../../simulator/page/serve-page';
import { chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR, OPERATOR } from '../../support/gateway';
import { crypto, key } from '../../support/messages';
import { drawing } from '../../support/meter-rig';
import { until } from '../../support/session';

const anvil = sharedAnvil();
const OWNER_OF_METER = key(1);
const thief = key(66);
/** Simulated seconds in a real one, of the meter */
const SPEED = 20;

interface Rig {
  readonly gateway: GatewayRig;
  readonly source: GatewaySource;
  readonly m3terId: bigint;
  readonly view: () => MeterView;
}

/** A page's source over a gateway that knows one meter, by its first readings unless there is a real one. */
async function open(t: ExecutionContext, options: { readonly isReadOnly?: boolean } = {}): Promise<Rig> {
  const gateway = await GatewayRig.open(t, anvil());
  const m3terId = await gateway.meter(DEVICE);
  const source = await openSource(t, gateway, options);
  return { gateway, source, m3terId, view: () => source.meter(`${m3terId}`) ?? t.fail('no such meter') };
}

async function openSource(
  t: ExecutionContext,
  gateway: GatewayRig,
  { isReadOnly = false } = {},
): Promise<GatewaySource> {
  const client = gateway.broker.client(`page ${gateway.notices.length}`);
  const connected = new Promise(resolve => client.once('connect', resolve));
  const source = new GatewaySource({
    ...{ crypto, chain: gateway.rig.chain, deployment: gateway.rig.deployment },
    gateway: await gateway.start(),
    client,
    ...(!isReadOnly && { key: OPERATOR }),
    notify: notice => gateway.notices.push(notice),
  });
  t.teardown(() => source.close());
  await connected;
  return source;
}

/** A whole meter of the firmware, faster than the time, that draws what it is told to. */
function startMeter(t: ExecutionContext, { gateway, m3terId }: Pick<Rig, 'gateway' | 'm3terId'>) {
  const clock = new RealClock({ speed: SPEED });
  const sensor = new SteadySensor(clock);
  const parts = { sensor, relay: new MockRelay(), flash: emulatedFlash(1), clock, crypto };
  const meter = new Meter(
    { ...parts, secrets: { seed: () => DEVICE.privateKey }, network: gateway.broker.network() },
    { calibration: [], broker: { host: 'broker', port: 1883 }, readingInterval: 10 },
  );
  t.teardown(() => meter.stop());
  meter.start();
  const { chain, deployment } = gateway.rig;
  const registry = { chainId: chain.id, registry: hexToBytes(deployment.registry) };
  const link = { ...registry, m3terId, operator: OPERATOR.address };
  const linked = meter.link(makeLinkOffer(crypto, OWNER_OF_METER, link));
  if (!linked.ok) throw new Error(`link: expected a new meter, got ${linked.fault}`);
  return { meter, sensor };
}

function stepOf({ circle }: MeterView, name: CircleStepName) {
  return circle.find(({ step }) => step === name);
}

function act(source: GatewaySource, action: PageAction): Promise<string> {
  if (source.act === undefined) throw new Error('act: expected a source that acts');
  return source.act(action);
}

const MEASURED = drawing(460, 200);

chainTest('what the page shows is what the meter says, and it obeys what the page orders', async t => {
  const rig = await open(t);
  const { gateway, source, view, m3terId } = rig;
  const { meter, sensor } = startMeter(t, rig);
  await until('the meter is known', () => source.meter(`${m3terId}`)?.online === true);
  await gateway.rig.fund(10n * UNIT);
  await gateway.pay(m3terId, 3n);
  await gateway.gateway?.lookForPayments();
  await until('the credit has come', () => meter.supply.closed);
  for (let window = 0; window < 10; window++) sensor.measurement(drawing(3600, 1000));
  sensor.measurement(MEASURED);
  const drawn = meter.registers?.imported ?? 0;
  t.true(drawn > 0);
  await until('the page shows supply', () => view().closed && view().line?.activePower === 460);
  await until('the page shows what was drawn', () => view().registers?.imported === drawn);
  t.like(view(), { reason: 'supplied', balance: meter.balance, power: 460, online: true, lowBalance: false });
  t.like(meter.registers, { ...view().registers });
  t.true((view().balanceAt ?? 0) > 0 && (view().since ?? 0) > 0);
  t.true((source.history(`${m3terId}`)?.recent.count ?? 0) > 0);
  await until('the price is known', () => view().price !== undefined);
  t.deepEqual(view().price, { amount: 1, currency: 'TUSD' });
  await gateway.gateway?.prove(true);
  await until('the chain has a reading', () => view().readings.some(({ proven }) => proven === true));
  t.like(stepOf(view(), 'payment'), { figure: '3.00 TUSD', isDone: true });
  for (const step of ['block', 'credit', 'reading', 'acknowledged'] as const)
    t.true(stepOf(view(), step)?.isDone, step);
  t.true((stepOf(view(), 'proven')?.at ?? 0) > 0);

  t.deepEqual(view().controls, {
    ...{ supply: true, limit: 0 },
    tariff: {
      ...{ name: '', choices: ['flat', 'time of use', 'double'] },
      terms:
        'flat: all day ×1; time of use: 17:00–22:00 ×1.5, 23:00–6:00 ×0.7; double: all day ×2. ' +
        "By the meter's local time.",
    },
  });
  t.is(await act(source, { kind: 'supply', m3terId: `${m3terId}`, on: false }), 'Supply ordered off');
  await until('it obeys', () => meter.supply.reason === 'ordered');
  await until('the page shows that', () => view().reason === 'ordered' && !view().closed);
  t.like(view().controls, { supply: false, limit: 0 });
  await act(source, { kind: 'limit', m3terId: `${m3terId}`, watts: 300 });
  await act(source, { kind: 'supply', m3terId: `${m3terId}`, on: true });
  await until('the limit is obeyed', () => meter.supply.reason === 'overload');
  t.like(view().controls, { supply: true, limit: 300 });
  t.is(gateway.noticed('order-given'), 3);

  // the owner orders something else, by a version of next year
  const version = Math.floor(Date.now() / 1000) + 31_536_000;
  const order = { m3terId, version, state: 0, powerLimit: 0, until: 0 };
  await gateway.say(
    m3terId,
    'supply',
    signDirective(gateway.rig.domain, OWNER_OF_METER, 'supply', order).payload,
  );
  await until('that is shown', () => view().reason === 'ordered' && view().controls.supply === false);
  await act(source, { kind: 'supply', m3terId: `${m3terId}`, on: true });
  await until('the newer one is obeyed', () => meter.supply.reason !== 'ordered');
  await until('that is confirmed', () => view().controls.pending === undefined);
});

/** A meter that runs, and its gateway's page which knows it. */
async function openWithMeter(t: ExecutionContext) {
  const rig = await open(t);
  const { meter } = startMeter(t, rig);
  await until('the meter is known', () => rig.source.meter(`${rig.m3terId}`)?.online === true);
  return { ...rig, meter };
}

chainTest(
  'a tariff is chosen on the page, waits for the meter, and is known again after a restart',
  async t => {
    const { gateway, source, view, m3terId, meter } = await openWithMeter(t);
    const choose = (of: GatewaySource, name: string) =>
      act(of, { kind: 'tariff', m3terId: `${m3terId}`, name });
    await t.throwsAsync(choose(source, 'another'), { instanceOf: Failure, message: /no such tariff/ });
    t.is(await choose(source, 'double'), 'Tariff: double');
    await until('the meter has it', () => view().events.some(({ name }) => name === 'tariffChanged'));
    await until('that is confirmed', () => view().controls.pending === undefined);
    t.is(view().controls.tariff?.name, 'double');

    meter.stop();
    t.is(await choose(source, 'time of use'), 'Tariff: time of use');
    const { at = 0, ...rest } = view().controls.pending?.tariff ?? {};
    t.deepEqual([rest, at > 0], [{}, true]);
    t.is(view().controls.pending?.supply, undefined);
    await source.close();
    await gateway.stop();
    const again = await openSource(t, gateway);
    const controls = () => again.meter(`${m3terId}`)?.controls;
    await until('what was retained came', () => controls()?.tariff?.name === 'time of use');
    t.deepEqual(controls()?.pending, { supply: undefined, tariff: {} }, 'and it still waits');

    // the owner has decided otherwise meanwhile, in an event that came before the restart
    const given = gateway.gateway?.account(m3terId)?.signed.tariff ?? 0;
    await tellEvent(gateway, m3terId, 50, EVENT_CODES.tariffChanged, detailNumber(given + 9));
    await until('the page knows', () => controls()?.tariff?.name === 'another');
    t.deepEqual(controls()?.tariff?.choices, ['flat', 'time of use', 'double', 'another']);
    t.is(controls()?.pending, undefined);
    await again.close();
    await gateway.stop();
    const third = await openSource(t, gateway);
    t.is(third.meter(`${m3terId}`)?.controls.tariff?.name, 'another', 'by what is stored');
    const shown = third.meter(`${m3terId}`)?.events.map(({ sequence, name }) => `${sequence} ${name}`) ?? [];
    t.deepEqual([shown[0], shown.at(-1)?.slice(0, 2)], ['50 tariffChanged', '1 ']);
    await tellEvent(gateway, m3terId, 51, EVENT_CODES.orderChanged, detailNumber(1));
    await until('the next is added', () => third.meter(`${m3terId}`)?.events.length === shown.length + 1);
    await choose(third, 'flat');
    t.is(gateway.gateway?.account(m3terId)?.signed.tariff, given + 10);
  },
);

chainTest('an order that the meter refuses is shown as refused, until another one is given', async t => {
  const { gateway, source, view, m3terId } = await open(t);
  for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await until('it is known', () => source.meter(`${m3terId}`) !== undefined);
  await tellEvent(gateway, m3terId, 1, EVENT_CODES.directiveRefused, detailText('supply malformed'));
  await until('it is kept', () => gateway.noticed('event-kept') === 1);
  const order = () => act(source, { kind: 'supply', m3terId: `${m3terId}`, on: false });
  await order();
  t.is(view().controls.pending?.supply?.refusal, undefined, 'that was of before');
  await tellEvent(gateway, m3terId, 2, EVENT_CODES.directiveRefused, detailText('tariff wrong-signer'));
  await tellEvent(gateway, m3terId, 3, EVENT_CODES.directiveRefused, detailText('supply wrong-signer'));
  await until('it is shown', () => view().controls.pending?.supply?.refusal === 'wrong-signer');
  t.is(view().controls.pending?.tariff, undefined);
  await order();
  t.is(view().controls.pending?.supply?.refusal, undefined);
});

/** Says an event in the device's name. */
async function tellEvent(
  gateway: GatewayRig,
  m3terId: bigint,
  sequence: number,
  code: number,
  detail: Uint8Array,
  timestamp = 1_800_000_000,
): Promise<void> {
  const event = { m3terId, sequence, timestamp, code, detail, previous: new Uint8Array(32) };
  const signature = gateway.rig.domain.sign(EVENT, event, DEVICE.privateKey);
  await gateway.say(m3terId, 'event', encodeEnvelope(EVENT, event, signature));
}

chainTest('a forged reading is shown as not verified, and changes nothing else', async t => {
  const { gateway, view, m3terId } = await open(t);
  const [right] = gateway.readings(1, { m3terId }) as [Uint8Array];
  const [forged] = gateway.readings(1, {
    ...{ m3terId, signer: thief },
    registers: () => ({ imported: 5, credited: 9e9 }),
  }) as [Uint8Array];
  for (const reading of [right, forged]) await gateway.say(m3terId, 'reading', reading);
  await until('both came', () => gateway.noticed('reading-refused') === 1);
  t.deepEqual(
    view().readings.map(({ problem }) => problem),
    ['wrong-signer', ''],
  );
  t.like(view(), { unverified: 1, balance: 0 });
  t.is(view().registers?.imported, 1000);
  await gateway.rig.fund(10n * UNIT);
  await gateway.pay(m3terId, 2n);
  await gateway.gateway?.lookForPayments();
  t.deepEqual([view().balance, view().untaken], [0, { energy: 2 * KILOWATT_HOUR }], 'it has not taken it');
});

chainTest(
  'the balance is what the meter has: what it has not taken or has refused is shown apart',
  async t => {
    const { gateway, view, m3terId } = await open(t);
    for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
    await until('it is known', () => gateway.gateway?.account(m3terId)?.last !== undefined);
    await gateway.rig.fund(10n * UNIT);
    await gateway.pay(m3terId, 2n);
    await gateway.gateway?.lookForPayments();
    await tellEvent(gateway, m3terId, 1, EVENT_CODES.directiveRefused, detailText('credit wrong-signer'));
    await until('it is shown', () => view().untaken?.refusal === 'wrong-signer');
    t.is(view().balance, 0);
    const taken = (sequence: number, energy: number, time: number) =>
      tellEvent(gateway, m3terId, sequence, EVENT_CODES.creditApplied, detailNumber(energy), time);
    await taken(2, 1.5 * KILOWATT_HOUR, 1_800_001_000);
    await until('it has taken some', () => view().balance === 1.5 * KILOWATT_HOUR);
    t.deepEqual(view().untaken, { energy: 0.5 * KILOWATT_HOUR });
    await taken(3, 99 * KILOWATT_HOUR, 1_800_001_001);
    await until('it has no more than was paid for', () => view().untaken === undefined);
    const { credited = 0, withdrawn = 0, feedIn = 0, debited = 0 } = view().registers ?? {};
    t.deepEqual([credited, view().balance], [2 * KILOWATT_HOUR, credited - withdrawn + feedIn - debited]);
  },
);

chainTest('what a meter measured before its supply was cut is not shown as of now', async t => {
  const { gateway, view, m3terId } = await open(t);
  for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await until('it is known', () => gateway.gateway?.account(m3terId)?.last !== undefined);
  const cut = 1_800_000_000;
  await gateway.say(m3terId, 'telemetry', encodeTelemetry(1, cut, MEASURED));
  await until('it is shown', () => view().power === 460);
  await tellEvent(gateway, m3terId, 1, EVENT_CODES.supplyOpened, detailText('ordered'));
  await until('it is not of now', () => view().power === undefined && view().line === undefined);
  await gateway.say(m3terId, 'telemetry', encodeTelemetry(1, cut + 3, drawing(0, 200)));
  await until('this is', () => view().power === 0);
  t.is(view().line?.activePower, 0);
});

chainTest('a tariff of the page leaves what feeding in earns as it stands', async t => {
  const { gateway, source, view, m3terId } = await open(t);
  for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await until('it is known', () => source.meter(`${m3terId}`) !== undefined);
  const given: number[] = [];
  const client = gateway.broker.client('listener');
  t.teardown(() => client.endAsync(true));
  client.on('message', (_, payload) => {
    const decoded = decodeEnvelope(DIRECTIVES.tariff.type, new Uint8Array(payload));
    if (decoded.ok) given.push(decoded.value.message.feedInFactor);
  });
  await client.subscribeAsync(`m3ter/${gateway.rig.chain.id}/${m3terId}/tariff`, { qos: 1 });
  const choose = (name: string) => act(source, { kind: 'tariff', m3terId: `${m3terId}`, name });
  await choose('time of use');
  t.is(view().controls.tariff?.name, 'time of use');
  const version = 4_000_000_000;
  const tariff = { m3terId, version, validFrom: 0, feedInFactor: 500, bands: [] };
  const { payload } = signDirective(gateway.rig.domain, OPERATOR, 'tariff', tariff);
  await gateway.say(m3terId, 'tariff', payload, true);
  await until('it came', () => view().controls.tariff?.name === 'flat');
  await choose('time of use');
  await until('all were given', () => given.length === 3);
  t.deepEqual(given, [0, 500, 500]);
});

chainTest('after a restart the newest reading is shown, and what was retained', async t => {
  const { gateway, source, view, m3terId } = await open(t);
  for (const reading of gateway.readings(3, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await gateway.say(m3terId, 'telemetry', encodeTelemetry(3, 1_700_000_000, MEASURED), true);
  await gateway.say(m3terId, 'online', Buffer.from('true'), true);
  // both came before the gateway knew the meter
  await until('all is shown', () => source.meter(`${m3terId}`)?.power === 460);
  await until('the last is shown', () => view().readings.length === 3);
  await act(source, { kind: 'supply', m3terId: `${m3terId}`, on: false });
  const given = gateway.gateway?.account(m3terId)?.signed.supply ?? 0;
  await source.close();
  await gateway.stop();
  const again = await openSource(t, gateway);
  const shown = () => again.meter(`${m3terId}`) ?? t.fail('forgotten');
  t.like(shown(), { closed: true, reason: 'supplied' });
  t.deepEqual(
    shown().readings.map(({ sequence, acknowledged }) => [sequence, acknowledged]),
    [[3, true]],
  );
  t.like(stepOf(shown(), 'acknowledged'), { at: 1_800_002_700, figure: '#3', isDone: false });
  await until('what was retained came', () => shown().online && shown().controls.supply === false);
  t.is(shown().power, 460);
  t.deepEqual(again.history(`${m3terId}`)?.recent.since(0).samples, [[1_700_000_000, 460, 0, 230, 0]]);
  await act(again, { kind: 'supply', m3terId: `${m3terId}`, on: true });
  t.true((gateway.gateway?.account(m3terId)?.signed.supply ?? 0) > given);
});

chainTest('an order has a version above all that were ever signed, and no stranger can raise it', async t => {
  const { gateway, source, m3terId } = await open(t);
  for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await until('it is known', () => source.meter(`${m3terId}`) !== undefined);
  await gateway.say(m3terId, 'online', new TextEncoder().encode('true'), true);
  await until('it is listened to', () => source.rows()[0]?.online === true);
  const order = (version: number, signer = OPERATOR) => {
    const message = { m3terId, version, state: 0, powerLimit: 0, until: 0 };
    return signDirective(gateway.rig.domain, signer, 'supply', message).payload;
  };
  await gateway.say(m3terId, 'supply', order(4_000_000_000), true);
  await gateway.say(m3terId, 'supply', order(4_294_967_295, thief), true);
  await until('the stranger was ignored', () => gateway.noticed('page-message-ignored') >= 1);
  t.is(source.meter(`${m3terId}`)?.controls.supply, false);
  await act(source, { kind: 'supply', m3terId: `${m3terId}`, on: true });
  t.is(gateway.gateway?.account(m3terId)?.signed.supply, 4_000_000_001);

  // on a broker that has lost it
  await gateway.say(m3terId, 'supply', new Uint8Array(), true);
  await source.close();
  await gateway.stop();
  const again = await openSource(t, gateway);
  t.is(again.meter(`${m3terId}`)?.controls.supply, true);
  await act(again, { kind: 'supply', m3terId: `${m3terId}`, on: true });
  t.is(gateway.gateway?.account(m3terId)?.signed.supply, 4_000_000_002);
  await gateway.say(m3terId, 'supply', order(4_294_967_295), true);
  await until('it came', () => again.meter(`${m3terId}`)?.controls.supply === false);
  await t.throwsAsync(act(again, { kind: 'supply', m3terId: `${m3terId}`, on: true }), {
    instanceOf: Failure,
    message: /no version left/,
  });
});

chainTest('whatever comes on the topics of a meter, the page goes on and memory stays bounded', async t => {
  const { gateway, source, view, m3terId } = await open(t);
  for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await until('it is known', () => source.meter(`${m3terId}`) !== undefined);
  t.is(source.rows()[0]?.power, undefined);
  const streams = ['telemetry', 'online', 'history', 'supply', 'tariff'];
  const right = encodeTelemetry(1, 2 ** 50, MEASURED);
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.nat(right.length - 1).map(at => right.map((byte, index) => (index === at ? byte ^ 0x55 : byte))),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...streams), hostile, (stream, payload) =>
      gateway.say(m3terId, stream, payload),
    ),
    { numRuns: 300 },
  );
  // nobody's, and one whose time is far ahead
  await gateway.say(m3terId + 1000n, 'telemetry', right, true);
  await gateway.say(m3terId, 'telemetry', encodeTelemetry(2, 2 ** 50, drawing(920, 200)), true);
  await gateway.say(m3terId, 'online', Buffer.from('true'), true);
  await until('the right one is shown', () => view().online && view().power === 920);
  t.true(gateway.noticed('page-message-ignored') > 100);
  t.deepEqual(
    source.rows().map(row => [row.m3terId, row.power]),
    [[`${m3terId}`, 920]],
  );
  const { samples } = source.history(`${m3terId}`)?.recent.since(0) ?? t.fail('no history');
  t.true(samples.length <= 180 && samples.every(([time]) => time <= Date.now() / 1000));
  JSON.stringify(view());
  await source.close();
  t.like(source.rows()[0], { online: false, power: undefined });
});

chainTest('who has no token, or a page that is read-only, gives no orders', async t => {
  const { gateway, source, m3terId } = await open(t);
  for (const reading of gateway.readings(1, { m3terId })) await gateway.say(m3terId, 'reading', reading);
  await until('it is known', () => source.meter(`${m3terId}`) !== undefined);
  const server = await servePage(source);
  t.teardown(() => server.close());
  const action = { kind: 'supply', m3terId: `${m3terId}`, on: false };
  const replies: Reply[] = [];
  const { origin, host } = new URL(server.url);
  const socket = new WebSocket(`ws://${host}/live`, { headers: { origin } });
  t.teardown(() => socket.terminate());
  socket.on('message', data => replies.push(JSON.parse(data.toString())));
  await new Promise(resolve => socket.once('open', resolve));
  for (const request of [
    { type: 'hello', token: '' },
    { type: 'act', action },
  ])
    socket.send(JSON.stringify(request));
  await until('it is answered', () => replies.some(({ type }) => type === 'answer'));
  t.like(
    replies.find(({ type }) => type === 'answer'),
    { ok: false },
  );
  t.is(gateway.noticed('order-given'), 0);
  for (const kind of ['pay', 'plug'] as const)
    await t.throwsAsync(
      act(source, { kind, m3terId: `${m3terId}`, amount: 1, on: true } as unknown as PageAction),
      { instanceOf: Failure },
    );
  await source.close();
  await t.throwsAsync(act(source, { kind: 'limit', m3terId: `${m3terId}`, watts: 5 }), {
    instanceOf: Failure,
    message: /broker is away/,
  });
  await gateway.stop();
  const readOnly = await openSource(t, gateway, { isReadOnly: true });
  t.is(readOnly.act, undefined);
  t.deepEqual(readOnly.meter(`${m3terId}`)?.controls, {});
});

chainTest('--page serves the page with its token, and with --page-read-only without one', async t => {
  const gateway = await GatewayRig.open(t, anvil());
  const opened = await gateway.start();
  const { chain, deployment } = gateway.rig;
  const parts = (name: string) => () => {
    const client = gateway.broker.client(name);
    return { crypto, chain, deployment, gateway: opened, client, key: OPERATOR };
  };
  t.is(await startPage({}, parts('none')), undefined);
  const page = await startPage({ page: 0 }, parts('one'));
  t.regex(page?.url ?? '', /^http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{32}$/);
  const port = Number(new URL(page?.url ?? '').port);
  await t.throwsAsync(startPage({ page: port }, parts('other')), {
    instanceOf: Failure,
    message: /EADDRINUSE/,
  });
  await page?.close();
  const readOnly = await startPage({ page: 0, pageReadOnly: true }, parts('another'));
  t.regex(readOnly?.url ?? '', /^http:\/\/127\.0\.0\.1:\d+\/$/);
  await readOnly?.close();
});
