import test from 'ava';
import { type ChaosReport, runChaos } from '../../scripts/chaos/chaos';
import { describe, reportLines } from '../../scripts/chaos/report-lines';
import { World } from '../../scripts/chaos/world';

const MINUTE = 60_000;

/** In which as much goes wrong as else in ten times as many. */
function days(seed: string, count: number, meters: number): Promise<ChaosReport> {
  return runChaos({ seed, days: count, meters, pace: 10 });
}

test('in chaos nothing is lost, doubled, reordered or obeyed that is stale', async t => {
  const report = await days('slice', 1, 2);
  t.deepEqual(report.breaches, []);
  const idle = Object.entries(report.counts).filter(([, count]) => count === 0);
  t.deepEqual(idle, [], 'everything that can go wrong did');
});

test('the same seed gives the same report to the byte, and another seed another', async t => {
  const lines = async (seed: string) => reportLines(await days(seed, 0.5, 1));
  const first = await lines('1');
  t.deepEqual(await lines('1'), first);
  t.notDeepEqual(await lines('2'), first);
});

test('once others command a meter it refuses what the former ones say, and obeys the new', async t => {
  const world = await World.open('parties', 1);
  t.teardown(() => world.close());
  const [customer] = world.customers;
  if (customer === undefined) throw new Error('expected a meter');
  const { instructions, parties } = customer;
  const { meter } = customer.meter;
  for (const part of ['operator', 'owner', 'operator'] as const) {
    instructions.changeRoles(part);
    await world.runUntil(world.time + MINUTE);
  }
  t.deepEqual(
    parties.former.map(({ part }) => part),
    ['operator', 'owner', 'operator'],
  );
  for (let k = 1; k <= 10; k++) {
    instructions.presume();
    instructions.sell();
    instructions.withdraw();
    await world.runUntil(world.time + MINUTE);
    t.deepEqual(meter.refused, { 'wrong-signer': k });
  }
  t.like(meter.registers, instructions.told);
  t.deepEqual(world.breaches, []);
});

test('what is broken is counted, and told with what replays it', t => {
  const breach = { promise: 'credits doubled', m3terId: 7n, day: 1.5, message: 'expected 1, got 2' } as const;
  const report = { counts: { 'power cuts': 3 }, breaches: [breach, breach], worstLoss: 5, digest: 'ab' };
  const lines = reportLines(report);
  t.true(lines.includes('power cuts 3'));
  t.true(lines.includes('credits doubled 2'));
  t.true(lines.includes('readings lost 0'));
  t.is(
    describe(breach, { seed: 's', days: 30, meters: 2 }),
    'credits doubled, M3ter 7 on day 1.500: expected 1, got 2; again: npm run chaos -- --days 30 --seed s --meters 2',
  );
});
