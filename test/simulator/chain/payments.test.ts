import { type Hex, toHex } from 'viem';
import { Chain } from '../../../simulator/chain/chain';
import {
  type ConfirmedPayments,
  type EnergyBought,
  lookForPayments,
  type PaymentsOptions,
} from '../../../simulator/chain/payments';
import { BUYER, ChainRig, chainTest, OWNER, sharedAnvil, UNIT } from '../../support/anvil';
import { key } from '../../support/messages';

const CONFIRMATIONS = 3;
const KILOWATT_HOUR = 1_000_000;

const anvil = sharedAnvil();

/** Look after look, each from where the one before has ended. */
class Watch {
  readonly #rig: ChainRig;
  #options: PaymentsOptions;
  readonly #totals = new Map<bigint, number>();

  constructor(rig: ChainRig, options: PaymentsOptions) {
    this.#rig = rig;
    this.#options = options;
  }

  async look(): Promise<ConfirmedPayments | undefined> {
    const seen = await lookForPayments(this.#rig.chain, this.#rig.deployment, this.#options);
    if (seen !== undefined) this.#options = { ...this.#options, places: seen.places, range: seen.range };
    return seen;
  }

  /** All that is told by now and was not told before. */
  async told(): Promise<readonly EnergyBought[]> {
    const bought: EnergyBought[] = [];
    for (let seen = await this.look(); seen !== undefined; seen = await this.look())
      bought.push(...seen.bought.filter(({ m3terId, energy }) => this.#totals.get(m3terId) !== energy));
    for (const { m3terId, energy } of bought) this.#totals.set(m3terId, energy);
    return bought;
  }
}

/** A seller of two meters at one unit a kWh, and a watch from here on. */
async function start() {
  const rig = await ChainRig.deploy(anvil());
  const meters = [await rig.mint(key(1)), await rig.mint(key(2))] as const;
  for (const m3terId of meters) await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, UNIT]));
  await rig.fund(1000n * UNIT);
  const from = (await rig.chain.client.getBlockNumber()) + 1n;
  const pay = (m3terId: bigint, kilowattHours: bigint) =>
    rig.done(rig.as(BUYER).protocol.write.pay([m3terId, kilowattHours * UNIT]));
  const watch = (options: Partial<PaymentsOptions> = {}) =>
    new Watch(rig, { from, confirmations: CONFIRMATIONS, places: [], ...options });
  return { rig, from, meters, pay, watch };
}

async function request(method: string, ...params: unknown[]): Promise<unknown> {
  return anvil().client.request({ method, params } as never);
}

/** Of empty blocks. */
const mine = (count: number) => request('anvil_mine', toHex(count));

/** The block that is confirmed now. */
async function confirmed(): Promise<bigint> {
  return (await anvil().client.getBlockNumber()) - BigInt(CONFIRMATIONS);
}

chainTest('a payment is told when it has its confirmations, and not a block earlier', async t => {
  const { meters, pay, watch } = await start();
  const payments = watch();
  await mine(1);
  const { blockNumber } = await pay(meters[0], 5n);
  await mine(CONFIRMATIONS - 1);
  const before = await payments.look();
  t.deepEqual([before?.places.at(-1)?.number, before?.bought], [blockNumber - 1n, []]);
  t.is(await payments.look(), undefined, 'no block is new');
  await mine(1);
  const after = await payments.look();
  t.is(after?.places.at(-1)?.number, blockNumber);
  t.deepEqual<unknown, unknown>(after?.bought, [{ m3terId: meters[0], energy: 5 * KILOWATT_HOUR }]);
});

chainTest('what is told is the total of each meter', async t => {
  const { meters, pay, watch } = await start();
  await pay(meters[0], 1n);
  await pay(meters[1], 2n);
  await pay(meters[0], 3n);
  await mine(CONFIRMATIONS);
  t.deepEqual<unknown, unknown>(await watch().told(), [
    { m3terId: meters[0], energy: 4 * KILOWATT_HOUR },
    { m3terId: meters[1], energy: 2 * KILOWATT_HOUR },
  ]);
});

chainTest('after a restart it goes on where it was, and finds what was paid meanwhile', async t => {
  const { meters, pay, watch } = await start();
  await pay(meters[0], 1n);
  await mine(CONFIRMATIONS);
  const first = await confirmed();
  t.is((await watch().told()).length, 1);
  await pay(meters[1], 2n);
  await mine(CONFIRMATIONS);
  t.deepEqual<unknown, unknown>(await watch({ from: first + 1n }).told(), [
    { m3terId: meters[1], energy: 2 * KILOWATT_HOUR },
  ]);
});

chainTest('a payment that vanishes before it is confirmed is never told, and in no total', async t => {
  const { meters, pay, watch } = await start();
  const payments = watch();
  await pay(meters[0], 1n);
  const before = (await request('evm_snapshot')) as Hex;
  await pay(meters[0], 5n);
  await mine(CONFIRMATIONS - 1);
  const first = [{ m3terId: meters[0], energy: KILOWATT_HOUR }];
  t.deepEqual<unknown, unknown>(await payments.told(), first);
  t.true(await request('evm_revert', before));
  await mine(2 * CONFIRMATIONS);
  await pay(meters[1], 1n);
  await mine(CONFIRMATIONS);
  const second = [{ m3terId: meters[1], energy: KILOWATT_HOUR }];
  t.deepEqual<unknown, unknown>(await payments.told(), second);
});

chainTest('a payment that a reorganisation moves to another block counts once', async t => {
  const { meters, pay, watch } = await start();
  const payments = watch();
  await mine(1);
  const before = (await request('evm_snapshot')) as Hex;
  await pay(meters[0], 5n);
  await mine(CONFIRMATIONS - 1);
  t.deepEqual<unknown, unknown>(await payments.told(), []);
  t.true(await request('evm_revert', before));
  await mine(1);
  await pay(meters[0], 5n);
  await mine(CONFIRMATIONS);
  const bought = [{ m3terId: meters[0], energy: 5 * KILOWATT_HOUR }];
  t.deepEqual<unknown, unknown>(await payments.told(), bought);
});

chainTest('a reorganisation deeper than the confirmations hides no payment', async t => {
  const { meters, pay, watch } = await start();
  const payments = watch();
  await mine(2);
  const before = (await request('evm_snapshot')) as Hex;
  await mine(2 * CONFIRMATIONS);
  t.deepEqual<unknown, unknown>(await payments.told(), []);
  t.true(await request('evm_revert', before));
  // in a block that was looked through
  await pay(meters[0], 5n);
  await mine(3 * CONFIRMATIONS);
  t.deepEqual<unknown, unknown>(await payments.told(), [{ m3terId: meters[0], energy: 5 * KILOWATT_HOUR }]);
});

chainTest('the past is read in pieces that a node answers, and the last blocks again', async t => {
  const { from, meters, pay, watch } = await start();
  await pay(meters[0], 1n);
  await mine(15);
  await pay(meters[1], 2n);
  await mine(CONFIRMATIONS);
  const payments = watch({ range: 10n });
  const ranges = [await payments.look(), await payments.look()];
  t.deepEqual<unknown, unknown>(
    ranges.map(seen => seen?.bought),
    [
      [{ m3terId: meters[0], energy: KILOWATT_HOUR }],
      [
        { m3terId: meters[0], energy: KILOWATT_HOUR },
        { m3terId: meters[1], energy: 2 * KILOWATT_HOUR },
      ],
    ],
  );
  t.is((ranges[0]?.places.at(-1)?.number ?? 0n) - from, 9n);
  t.is(ranges[1]?.places.at(-1)?.number, await confirmed());
});

chainTest('a look without a node fails, and half a confirmation is misuse', async t => {
  const { rig } = await start();
  const nowhere = new Chain('http://127.0.0.1:9', rig.chain.id);
  const options = { from: 0n, confirmations: 0, places: [] };
  await t.throwsAsync(lookForPayments(nowhere, rig.deployment, options), { name: 'HttpRequestError' });
  const half = lookForPayments(rig.chain, rig.deployment, { ...options, confirmations: 0.5 });
  await t.throwsAsync(half, { instanceOf: RangeError });
});
