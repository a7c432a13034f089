import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { SigningKey } from '../../firmware/attest/device-key';
import { kilowattHours, type MilliwattHours } from '../../firmware/energy';
import { meterTopic } from '../../firmware/link/topics';
import { type Anvil, anvilAccount, startAnvil } from '../../simulator/chain/anvil';
import { openContracts } from '../../simulator/chain/deploy';
import type { SimulatedMarket } from '../../simulator/chain/simulated-market';
import { meterChainReportOf } from '../../simulator/chain/simulated-statement';
import { type ChainOptions, chooseChain } from '../../simulator/cli/chain-choice';
import { simulateCommand } from '../../simulator/cli/simulate';
import { UsageError } from '../../simulator/errors';
import { HOUR, MINUTE } from '../../simulator/house/time';
import { LiveSimulation } from '../../simulator/live-simulation';
import type { SimulatedMeter } from '../../simulator/simulated-meter';
import { Simulation, type SimulationOptions } from '../../simulator/simulation';
import type { SimulationReport } from '../../simulator/simulation-report';
import { chainTest, UNIT } from '../support/anvil';
import { M3ter, m3ter } from '../support/m3ter';

/* Each simulation here has a chain of its own, embedded unless it is said otherwise. */

const MORNING = 6 * HOUR;

async function open(t: ExecutionContext, options: Partial<SimulationOptions> = {}) {
  const house = { fidelity: 'phasor', feedsGrid: false, topUps: false, start: MORNING } as const;
  const simulation = await Simulation.open({ seed: 1, meters: 1, chain: {}, ...house, ...options });
  t.teardown(() => simulation.close());
  const market = simulation.chainMarket as SimulatedMarket;
  const contracts = openContracts(market.chain.chain.client, market.chain.deployment);
  return { simulation, market, contracts, meter: simulation.meters[0] as SimulatedMeter };
}

function run(simulation: Simulation, seconds: number): Promise<void> {
  return simulation.runUntil(simulation.time + seconds);
}

async function runUntilExhausted(simulation: Simulation, meter: SimulatedMeter): Promise<void> {
  for (let minutes = 0; meter.supply.at(-1)?.reason !== 'exhausted' && minutes < 48 * 60; minutes++)
    await run(simulation, MINUTE);
}

chainTest(
  'a payment closes the relay, consumption opens it, and the chain holds what the meter says, to the mWh',
  async t => {
    const { simulation, market, contracts, meter } = await open(t, { meters: 2 });
    await runUntilExhausted(simulation, meter);
    t.false(meter.meter?.supply.closed);

    simulation.pay(meter, UNIT / 20n);
    await run(simulation, 2);
    const { block, payment } = market.circle(1n);
    const { timestamp } = await market.chain.chain.client.getBlock({ blockNumber: block?.number ?? 0n });
    t.deepEqual([Number(timestamp), payment?.amount], [payment?.at, UNIT / 20n]);
    const { closed, at } = meter.supply.at(-1) ?? { closed: false, at: 0 };
    t.true(closed && at - Number(timestamp) <= 2, `${at - Number(timestamp)} s after its block`);
    t.is(meter.meter?.registers?.credited, kilowattHours(2.2));
    t.is(
      simulation.meters[1]?.meter?.registers?.credited,
      kilowattHours(2),
      'the neighbour has paid nothing',
    );

    await runUntilExhausted(simulation, meter);
    await run(simulation, HOUR);
    await simulation.conclude();
    const registers = meter.meter?.registers;
    const { sequence, ...proved } = await contracts.proof.read.registersOf([1n]);
    for (const [name, energy] of Object.entries(proved))
      t.is(Number(energy), Number(registers?.[name as keyof typeof proved]), name);
    t.is(Number(sequence), Number(meter.meter?.lastReading));
    t.is(Number(await contracts.protocol.read.energyOf([1n])), Number(registers?.credited));
    t.is(Number(await contracts.proof.read.lifetimeEnergy([1n])), Number(registers?.imported));
    t.deepEqual(await meterChainReportOf(market, 1n), {
      paid: '0.55',
      bought: kilowattHours(2.2),
      proved: registers?.imported as MilliwattHours,
      sequence: Number(sequence),
      reward: `${(registers?.imported ?? 0) / 1e6}`,
    });
    t.is(Number(meter.independent.account.balance), Number(meter.meter?.balance));
    const owner = await contracts.registry.read.ownerOf([1n]);
    const reward = market.proved(1n)?.reward ?? 0n;
    t.is(await contracts.reward.read.balanceOf([owner]), reward + (market.proved(2n)?.reward ?? 0n));
  },
);

/** What is retained for the M3ter 1 of a simulation. */
async function retained(simulation: Simulation, chainId: number, stream: string): Promise<Buffer> {
  const client = simulation.broker.client('spy');
  const message = new Promise<Buffer>(resolve => client.once('message', (_, payload) => resolve(payload)));
  await client.subscribeAsync(meterTopic(chainId, 1n, stream));
  const payload = await message;
  await client.endAsync(true);
  return payload;
}

async function tell(simulation: Simulation, topic: string, payload: Buffer): Promise<void> {
  const client = simulation.broker.client('liar');
  await client.publishAsync(topic, payload, { qos: 1, retain: true });
  await client.endAsync(true);
}

chainTest(
  'two chains at once, with the same registry and m3terId: neither credits nor obeys the other',
  async t => {
    const [gnosis, arbitrum] = await Promise.all([
      open(t, { chain: { chainId: 100 } }),
      open(t, { chain: { chainId: 42161 } }),
    ]);
    t.is(gnosis.market.chain.deployment.registry, arbitrum.market.chain.deployment.registry);
    gnosis.simulation.pay(gnosis.meter, UNIT);
    await Promise.all([run(gnosis.simulation, HOUR), run(arbitrum.simulation, HOUR)]);
    t.is(gnosis.meter.meter?.registers?.credited, kilowattHours(6));
    t.is(arbitrum.meter.meter?.registers?.credited, kilowattHours(2));
    t.is(Number(await arbitrum.contracts.protocol.read.energyOf([1n])), kilowattHours(2));

    const credit = await retained(gnosis.simulation, 100, 'credit');
    await tell(arbitrum.simulation, meterTopic(42161, 1n, 'credit'), credit);
    await run(arbitrum.simulation, HOUR);
    t.is(arbitrum.meter.meter?.registers?.credited, kilowattHours(2));
    arbitrum.simulation.pay(arbitrum.meter, UNIT);
    await run(arbitrum.simulation, HOUR);
    t.is(arbitrum.meter.meter?.registers?.credited, kilowattHours(6), 'its own chain it obeys');

    await Promise.all([gnosis.simulation.conclude(), arbitrum.simulation.conclude()]);
    for (const { simulation, meter, market } of [gnosis, arbitrum]) {
      const { acknowledged, verified } = simulation.account(meter);
      const made = meter.meter?.lastReading;
      t.deepEqual([acknowledged, verified, market.proved(1n)?.sequence], [made, made, made]);
    }
  },
);

chainTest('on a chain that somebody else runs, one account deploys and pays for everything', async t => {
  const anvil: Anvil = await startAnvil({ chainId: 4689 });
  t.teardown(() => anvil.stop());
  const { simulation, market, meter } = await open(t, { chain: { rpc: anvil.url, key: keyOfAnvil(3) } });
  t.is(simulation.registry.chainId, 4689);
  simulation.pay(meter, UNIT);
  await run(simulation, HOUR);
  await simulation.conclude();
  t.like(await meterChainReportOf(market, 1n), {
    paid: '1.5',
    bought: kilowattHours(6),
    sequence: meter.meter?.lastReading ?? 0,
  });
  t.is(meter.meter?.registers?.credited, kilowattHours(6));
});

function keyOfAnvil(index: number): SigningKey {
  const privateKey = anvilAccount(index).getHdKey().privateKey as Uint8Array;
  const address = Buffer.from(anvilAccount(index).address.slice(2), 'hex');
  return { privateKey, address: new Uint8Array(address) };
}

chainTest(
  'a live simulation shows each stage of the circle when it has been passed, and p pays 1 xDAI',
  async t => {
    const { simulation } = await open(t, { longestWait: HOUR });
    const live = new LiveSimulation(simulation, 60);
    const before = live.getState();
    t.like(before.chain, { chainId: 31337, price: 0.25, money: 99.5 });
    t.deepEqual([before.chain?.reading, before.chain?.proved], [undefined, undefined]);
    live.actions.pay();
    await live.advance(simulation.time + 3 * HOUR);
    const { chain, time, metered, balance = 0, message } = live.getState();
    t.is(message, '1 xDAI paid');
    t.is(chain?.money, 98.5);
    t.like(chain, {
      payment: { amount: 1, time: before.time },
      credit: { energy: kilowattHours(6), time: before.time },
    });
    t.is(balance + metered, kilowattHours(6));
    t.is(chain?.reading?.sequence, chain?.acknowledged?.sequence);
    t.true((chain?.proved?.time ?? 0) >= time - 1.5 * HOUR && (chain?.reward?.amount ?? 0) > 0);
  },
);

/** How many chains of that id run on this computer. */
function chainsRunning(chainId: number): number {
  const processes = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return processes.filter(pid => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words[0]?.endsWith('anvil') && words[words.indexOf('--chain-id') + 1] === `${chainId}`;
    } catch {
      return false;
    }
  }).length;
}

const linuxTest = process.platform === 'linux' ? chainTest : test.skip;

async function chainGone(chainId: number): Promise<boolean> {
  for (let tries = 0; chainsRunning(chainId) > 0 && tries < 500; tries++) await sleep(10);
  return chainsRunning(chainId) === 0;
}

linuxTest(
  'no chain outlives a simulation that SIGKILL ends, also one that nobody asks for anything',
  async t => {
    const simulation = new M3ter(['simulate', '--speed', '1', '--chain-id', '770001']);
    await simulation.until('it waits for time to pass', () => simulation.out !== '');
    t.is(chainsRunning(770_001), 1);
    simulation.signal('SIGKILL');
    await simulation.finished();
    t.true(await chainGone(770_001));
  },
);

linuxTest('SIGTERM ends a simulation with its report, and its chain', async t => {
  const simulation = new M3ter(['simulate', '--json', '--days', '36500', '--chain-id', '770002']);
  await simulation.until('its chain runs', () => chainsRunning(770_002) === 1);
  simulation.signal('SIGTERM');
  const { code, out } = await simulation.finished();
  t.true(await chainGone(770_002));
  t.is(code, 143);
  t.is((JSON.parse(out) as SimulationReport).chain?.id, 770_002);
});

/** A file with a key that has nothing on any chain. */
function keyFile(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'key');
  writeFileSync(file, '42'.repeat(32));
  return file;
}

const NOWHERE = 'http://127.0.0.1:9';

test('what does not fit together about the chain is misuse, and is said', async t => {
  const key = keyFile(t);
  const cases: readonly (readonly [ChainOptions, RegExp])[] = [
    [
      { rpc: NOWHERE },
      /^--rpc: expected --key FILE of an account with coins to deploy and pay with, got none$/,
    ],
    [{ key }, /^--key: expected an --rpc to go with it, got none$/],
    [{ rpc: NOWHERE, key, chain: 'none' }, /^--chain: expected it without --rpc, got none$/],
    [{ rpc: NOWHERE, key, chainId: 5 }, /^--chain-id: expected it without --rpc, which tells its id, got 5$/],
    [{ chain: 'none', chainId: 5 }, /^--chain-id: expected a chain, got --chain none$/],
  ];
  for (const [options, message] of cases)
    await t.throwsAsync(chooseChain(options, t.log), { instanceOf: UsageError, message });
  t.is(await chooseChain({ chain: 'none' }, t.log), 'none');
});

chainTest('by default there is a chain on this computer', async t => {
  t.deepEqual(await chooseChain({}, t.log), {});
  t.deepEqual(await chooseChain({ chain: 'anvil', chainId: 100 }, t.log), { chainId: 100 });
});

test('an RPC that does not answer is one line and exit code 1, without its URL', async t => {
  const { code, out, err } = await m3ter(
    'simulate',
    '--json',
    '--rpc',
    `${NOWHERE}/secret`,
    '--key',
    keyFile(t),
  );
  t.deepEqual([code, out], [1, '']);
  t.regex(err, /^error: chain: HTTP request failed\. fetch failed\n$/);
});

test('an RPC that is no URL of the web is misuse', t => {
  const command = simulateCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  const words = ['node', 'simulate', '--rpc', 'ws://127.0.0.1'];
  t.throws(() => command.parse(words), { message: /Expected http:\/\/HOST/ });
});
