import type { ExecutionContext } from 'ava';
import { type Hex, toHex } from 'viem';
import { Chain } from '../../../simulator/chain/chain';
import {
  type ConfirmedPayments,
  type PaymentsOptions,
  watchPayments,
} from '../../../simulator/chain/payments';
import { BUYER, ChainRig, chainTest, OWNER, sharedAnvil, UNIT } from '../../support/anvil';
import { key } from '../../support/messages';

const CONFIRMATIONS = 3;
const KILOWATT_HOUR = 1_000_000;

const anvil = sharedAnvil();

/** A seller of two meters at one unit a kWh, and a watch from here on. */
async function start(t: ExecutionContext) {
  const rig = await ChainRig.deploy(anvil());
  const meters = [await rig.mint(key(1)), await rig.mint(key(2))] as const;
  for (const m3terId of meters) await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, UNIT]));
  await rig.fund(1000n * UNIT);
  const from = (await rig.chain.client.getBlockNumber()) + 1n;
  const pay = (m3terId: bigint, kilowattHours: bigint) =>
    rig.done(rig.as(BUYER).protocol.write.pay([m3terId, kilowattHours * UNIT]));
  const watch = (options: Partial<PaymentsOptions> = {}) => {
    const end = new AbortController();
    t.teardown(() => end.abort());
    const defaults = { from, confirmations: CONFIRMATIONS, interval: 5, signal: end.signal };
    return watchPayments(rig.chain, rig.deployment.protocol, { ...defaults, ...options });
  };
  return { rig, from, meters, pay, watch };
}

async function request(method: string, ...params: unknown[]): Promise<unknown> {
  return anvil().client.request({ method, params } as never);
}

/** Of empty blocks. */
const mine = (count: number) => request('anvil_mine', toHex(count));

/** What is told until a block is reached. */
async function toldUntil(watch: AsyncGenerator<ConfirmedPayments>, block: bigint) {
  const told: ConfirmedPayments[] = [];
  while ((told.at(-1)?.through ?? -1n) < block) {
    const { value } = await watch.next();
    if (value === undefined) throw new Error(`the watch ended before block ${block}`);
    told.push(value);
  }
  return told.flatMap(({ bought }) => bought);
}

/** The block that is confirmed now. */
async function confirmed(): Promise<bigint> {
  return (await anvil().client.getBlockNumber()) - BigInt(CONFIRMATIONS);
}

chainTest('a payment is told when it has its confirmations, and not a block earlier', async t => {
  const { meters, pay, watch } = await start(t);
  const payments = watch();
  await mine(1);
  const { blockNumber } = await pay(meters[0], 5n);
  await mine(CONFIRMATIONS - 1);
  t.deepEqual((await payments.next()).value, { through: blockNumber - 1n, bought: [] });
  await mine(1);
  const bought = [{ m3terId: meters[0], energy: 5 * KILOWATT_HOUR }];
  t.deepEqual((await payments.next()).value, { through: blockNumber, bought });
});

chainTest('what is told is the total of each meter', async t => {
  const { meters, pay, watch } = await start(t);
  await pay(meters[0], 1n);
  await pay(meters[1], 2n);
  await pay(meters[0], 3n);
  await mine(CONFIRMATIONS);
  t.deepEqual(await toldUntil(watch(), await confirmed()), [
    { m3terId: meters[0], energy: 4 * KILOWATT_HOUR },
    { m3terId: meters[1], energy: 2 * KILOWATT_HOUR },
  ]);
});

chainTest('after a restart it goes on where it was, and finds what was paid meanwhile', async t => {
  const { meters, pay, watch } = await start(t);
  await pay(meters[0], 1n);
  await mine(CONFIRMATIONS);
  const first = await confirmed();
  t.is((await toldUntil(watch(), first)).length, 1);
  await pay(meters[1], 2n);
  await mine(CONFIRMATIONS);
  t.deepEqual(await toldUntil(watch({ from: first + 1n }), await confirmed()), [
    { m3terId: meters[1], energy: 2 * KILOWATT_HOUR },
  ]);
});

chainTest('a payment that vanishes before it is confirmed is never told, and in no total', async t => {
  const { meters, pay, watch } = await start(t);
  const payments = watch();
  await pay(meters[0], 1n);
  const before = (await request('evm_snapshot')) as Hex;
  await pay(meters[0], 5n);
  await mine(CONFIRMATIONS - 1);
  const first = [{ m3terId: meters[0], energy: KILOWATT_HOUR }];
  t.deepEqual(await toldUntil(payments, await confirmed()), first);
  t.true(await request('evm_revert', before));
  await mine(2 * CONFIRMATIONS);
  await pay(meters[1], 1n);
  await mine(CONFIRMATIONS);
  const second = [{ m3terId: meters[1], energy: KILOWATT_HOUR }];
  t.deepEqual(await toldUntil(payments, await confirmed()), second);
});

chainTest('a payment that a reorganisation moves to another block counts once', async t => {
  const { meters, pay, watch } = await start(t);
  const payments = watch();
  await mine(1);
  const before = (await request('evm_snapshot')) as Hex;
  await pay(meters[0], 5n);
  await mine(CONFIRMATIONS - 1);
  t.deepEqual(await toldUntil(payments, await confirmed()), []);
  t.true(await request('evm_revert', before));
  await mine(1);
  await pay(meters[0], 5n);
  await mine(CONFIRMATIONS);
  const bought = [{ m3terId: meters[0], energy: 5 * KILOWATT_HOUR }];
  t.deepEqual(await toldUntil(payments, await confirmed()), bought);
});

chainTest('a reorganisation deeper than the confirmations hides no payment', async t => {
  const { meters, pay, watch } = await start(t);
  const payments = watch();
  await mine(2);
  const before = (await request('evm_snapshot')) as Hex;
  await mine(2 * CONFIRMATIONS);
  t.deepEqual(await toldUntil(payments, await confirmed()), []);
  t.true(await request('evm_revert', before));
  // in a block that was looked through
  await pay(meters[0], 5n);
  await mine(3 * CONFIRMATIONS);
  t.deepEqual(await toldUntil(payments, await confirmed()), [
    { m3terId: meters[0], energy: 5 * KILOWATT_HOUR },
  ]);
});

chainTest('the past is read in pieces that a node answers, each payment in one of them', async t => {
  const { from, meters, pay, watch } = await start(t);
  await pay(meters[0], 1n);
  await mine(1100);
  await pay(meters[1], 2n);
  await mine(CONFIRMATIONS);
  const ranges: ConfirmedPayments[] = [];
  const payments = watch();
  for (let k = 0; k < 2; k++) {
    const { value } = await payments.next();
    if (value !== undefined) ranges.push(value);
  }
  t.deepEqual(
    ranges.map(({ bought }) => bought),
    [[{ m3terId: meters[0], energy: KILOWATT_HOUR }], [{ m3terId: meters[1], energy: 2 * KILOWATT_HOUR }]],
  );
  t.is((ranges[0]?.through ?? 0n) - from, 999n);
  t.is(ranges.at(-1)?.through, await confirmed());
});

chainTest('a watch that is told to end ends, and one without a node fails', async t => {
  const { rig, watch } = await start(t);
  const end = new AbortController();
  const next = watch({ signal: end.signal }).next();
  end.abort();
  t.true((await next).done);
  const nowhere = new Chain('http://127.0.0.1:9', rig.chain.id);
  const options = { from: 0n, confirmations: 0 };
  const failing = watchPayments(nowhere, rig.deployment.protocol, options).next();
  await t.throwsAsync(failing, { name: 'HttpRequestError' });
  const half = watchPayments(rig.chain, rig.deployment.protocol, { from: 0n, confirmations: 0.5 });
  await t.throwsAsync(half.next(), { instanceOf: RangeError });
});
