import test, { type ExecutionContext } from 'ava';
import { kilowattHours } from '../../../firmware/energy';
import { openContracts } from '../../../simulator/chain/deploy';
import { meterChainReportOf } from '../../../simulator/chain/simulated-statement';
import { Failure } from '../../../simulator/errors';
import { HOUR, MINUTE } from '../../../simulator/house/time';
import { LiveSimulation } from '../../../simulator/live-simulation';
import type { MeterView } from '../../../simulator/page/page-state';
import { SimulationSource } from '../../../simulator/page/simulation-source';
import type { SimulatedMeter } from '../../../simulator/simulated-meter';
import { Simulation, type SimulationOptions } from '../../../simulator/simulation';
import { chainTest, UNIT } from '../../support/anvil';

const CUSTOM = {
  ...{ version: 4_294_967_293, validFrom: 0, feedInFactor: 7 },
  bands: [{ fromMinute: 0, toMinute: 1440, days: 127, factor: 3000 }],
};
const ID = { m3terId: '1' } as const;

async function open(t: ExecutionContext, options: Partial<SimulationOptions> = {}) {
  const house = { fidelity: 'phasor', feedsGrid: false, topUps: false, start: 6 * HOUR } as const;
  const simulation = await Simulation.open({ seed: 1, meters: 1, chain: 'none', ...house, ...options });
  const live = new LiveSimulation(simulation, 60);
  const source = new SimulationSource(simulation, live);
  t.teardown(async () => {
    source.close();
    await simulation.close();
  });
  const view = (m3terId = '1'): MeterView => source.meter(m3terId) ?? t.fail('no such meter');
  const run = (seconds: number) => live.advance(simulation.time + seconds);
  return { simulation, live, source, view, run, meter: simulation.meters[0] as SimulatedMeter };
}

chainTest(
  'payments before and after a change of the price buy at their own prices, on chain, meter and page',
  async t => {
    const { simulation, live, source, view, run, meter } = await open(t, { chain: {}, meters: 2 });
    const market = simulation.chainMarket ?? t.fail('no chain');
    const { protocol } = openContracts(market.chain.chain.client, market.chain.deployment);
    await run(MINUTE);
    t.deepEqual(view().controls.price, { amount: 0.25, currency: 'xDAI', choices: [0.1, 0.25, 0.5, 1] });
    // all in one moment, in this order
    await source.act({ kind: 'pay', ...ID, amount: 1 });
    t.is(await source.act({ kind: 'price', ...ID, amount: 0.5 }), 'A kWh costs 0.50 xDAI from now on');
    await source.act({ kind: 'pay', ...ID, amount: 1 });
    simulation.buy(meter, kilowattHours(1));
    await source.act({ kind: 'price', ...ID, amount: 0.1 });
    await source.act({ kind: 'pay', ...ID, amount: 1 });
    t.deepEqual([view().controls.price?.amount, view().price?.amount], [0.1, 0.25], 'nothing is mined yet');
    await run(MINUTE);

    const events = await protocol.getEvents.Revenue({ tokenId: 1n }, { fromBlock: 0n, strict: true });
    const deals = events.map(({ args }) => [args.amount, args.tariff]);
    const [quarter, half, tenth] = [UNIT / 4n, UNIT / 2n, UNIT / 10n];
    t.deepEqual(deals, [
      [half, quarter],
      [UNIT, quarter],
      [UNIT, half],
      [half, half],
      [UNIT, tenth],
    ]);
    const energy = kilowattHours(2 + 4 + 2 + 1 + 10);
    t.is(Number(await protocol.read.energyOf([1n])), energy);
    t.is(await protocol.read.tariffOf([1n]), tenth);
    t.deepEqual([view().price?.amount, live.getState().chain?.price], [0.1, 0.1]);
    t.is(view().registers?.credited, energy);
    t.is(view().circle.find(({ step }) => step === 'payment')?.figure, '1.00 xDAI');
    t.like(await meterChainReportOf(market, 1n), { paid: '4', bought: energy });
    t.is(Number(meter.independent.account.balance), meter.meter?.balance as number);
    t.is(view().money, '96.00 xDAI');
    t.deepEqual(
      [view('2').price?.amount, await protocol.read.tariffOf([2n])],
      [0.25, quarter],
      'the neighbour pays as ever',
    );
    const message = 'Expected a price of 0.1, 0.25, 0.5, 1 xDAI, got 0.3';
    await t.throwsAsync(source.act({ kind: 'price', ...ID, amount: 0.3 }), { instanceOf: Failure, message });
  },
);

test('without a chain there is no price to change', async t => {
  const { source, view } = await open(t);
  t.is(view().controls.price, undefined);
  await t.throwsAsync(source.act({ kind: 'price', ...ID, amount: 0.5 }), {
    instanceOf: Failure,
    message: 'There is no chain, and so no price',
  });
});

test('what is ordered waits for a meter without a network, and no longer once it says that it has it', async t => {
  const { source, view, run, meter } = await open(t);
  await run(MINUTE);
  await source.act({ kind: 'network', ...ID, on: false });
  await source.act({ kind: 'tariff', ...ID, name: 'double' });
  await run(10);
  await source.act({ kind: 'supply', ...ID, on: false });
  await run(MINUTE);
  const { tariff, supply } = view().controls.pending ?? {};
  t.is((supply?.at ?? 0) - (tariff?.at ?? 0), 10);
  t.true(meter.meter?.supply.closed);
  const factor = () => Number(meter.independent.account.debited) / (meter.meter?.registers?.imported ?? 0);
  t.is(factor(), 1, 'nor does the world go by a tariff that the meter cannot know');
  await source.act({ kind: 'network', ...ID, on: true });
  await run(10 * MINUTE);
  t.is(view().controls.pending, undefined);
  t.like(view(), { reason: 'ordered', closed: false });
  await source.act({ kind: 'supply', ...ID, on: true });
  await run(MINUTE);
  t.is(view().controls.pending, undefined);
  t.true(factor() > 1);
  t.is(Number(meter.independent.account.debited), meter.meter?.registers?.debited as number);
});

test('a tariff from a file is another one, above whose version the page gives its own while there is any', async t => {
  const { source, view, run, meter } = await open(t, { tariff: CUSTOM });
  t.deepEqual(view().controls.tariff, {
    name: 'another',
    choices: ['flat', 'time of use', 'double', 'another'],
    terms:
      'flat: all day ×1; time of use: 17:00–22:00 ×1.5, 23:00–6:00 ×0.7, fed in ×0.8; double: all day ×2. ' +
      "By the meter's local time.",
  });
  await t.throwsAsync(source.act({ kind: 'tariff', ...ID, name: 'another' }), { instanceOf: Failure });
  await source.act({ kind: 'tariff', ...ID, name: 'flat' });
  await source.act({ kind: 'tariff', ...ID, name: 'double' });
  await run(MINUTE);
  t.is(view().controls.tariff?.name, 'double');
  t.is(view().controls.pending, undefined);
  t.is(Number(meter.independent.account.debited), meter.meter?.registers?.debited as number);
  await t.throwsAsync(source.act({ kind: 'supply', ...ID, on: false }), { message: /no version left/ });
});
