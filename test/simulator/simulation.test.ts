import test, { type ExecutionContext } from 'ava';
import { kilowattHours, type MilliwattHours, milliwattHours, wattHours } from '../../firmware/energy';
import { Prng } from '../../hosts/mock/prng';
import type { MeterChainReport } from '../../simulator/chain/simulated-statement';
import { DAY, HOUR, MINUTE } from '../../simulator/house/time';
import type { SimulatedMeter } from '../../simulator/simulated-meter';
import { Simulation, type SimulationOptions, START_TIME } from '../../simulator/simulation';
import type { MeterReport, SimulationReport } from '../../simulator/simulation-report';
import { TIME_OF_USE } from '../../simulator/time-of-use';
import { m3ter } from '../support/m3ter';

const MORNING = 6 * HOUR;

async function open(
  t: ExecutionContext,
  options: Partial<SimulationOptions> = {},
): Promise<{ simulation: Simulation; meter: SimulatedMeter }> {
  const house = { fidelity: 'phasor', feedsGrid: false, topUps: false } as const;
  const defaults = { seed: 1, meters: 1, chain: 'none', ...house } as const;
  const simulation = await Simulation.open({ ...defaults, ...options });
  t.teardown(() => simulation.close());
  return { simulation, meter: simulation.meters[0] as SimulatedMeter };
}

function run(simulation: Simulation, seconds: number): Promise<void> {
  return simulation.runUntil(simulation.time + seconds);
}

function imported({ meter }: SimulatedMeter): MilliwattHours {
  const energy = meter?.registers?.imported;
  if (energy === undefined) throw new Error('expected registers, got none');
  return energy;
}

/** Every reading that was made came to the operator, in order, and was found right and kept. */
function assertEven(t: ExecutionContext, simulation: Simulation, simulated: SimulatedMeter): void {
  const { readings, acknowledged } = simulation.account(simulated);
  const made = simulated.meter?.lastReading ?? 0;
  const sequences = Array.from({ length: made }, (_, index) => index + 1);
  t.deepEqual(
    readings.map(({ reading }) => reading.sequence),
    sequences,
  );
  t.deepEqual(
    readings.flatMap(({ problems }) => problems),
    [],
  );
  t.deepEqual([acknowledged, simulated.meter?.acknowledged], [made, made]);
}

test('two days by the command line, on a chain: metered is true, the supply goes and comes with the balance, all is acknowledged and proved', async t => {
  const two = ['simulate', '--headless', '--days', '2', '--json'];
  const [first, same, other] = await Promise.all([
    m3ter(...two, '--seed', '1'),
    m3ter(...two, '--seed', '1'),
    m3ter(...two, '--seed', '2'),
  ]);
  t.deepEqual([first.code, first.err], [0, '']);
  t.regex(first.out, /^\{.*\}\n$/, 'one line');
  const report: SimulationReport = JSON.parse(first.out);
  t.deepEqual(Object.keys(report), ['seed', 'days', 'wallSeconds', 'speedUp', 'meters', 'chain']);
  t.deepEqual([report.seed, report.days, report.meters.length], [1, 2, 1]);
  t.true(report.wallSeconds > 0 && report.speedUp > 0);
  assertReport(t, report.meters[0] as MeterReport);

  const { wallSeconds, speedUp, ...rest } = report;
  const again: SimulationReport = JSON.parse(same.out);
  t.deepEqual({ ...again, wallSeconds, speedUp }, { ...rest, wallSeconds, speedUp });
  const { meters } = JSON.parse(other.out) as SimulationReport;
  t.notDeepEqual(meters, report.meters);
  assertReport(t, meters[0] as MeterReport);
});

function assertReport(t: ExecutionContext, meter: MeterReport): void {
  const energies = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn', 'balance'] as const;
  t.deepEqual<string[], string[]>(Object.keys(meter), [
    'm3terId',
    ...energies,
    'forecast',
    'trueEnergy',
    'readings',
    'supply',
    'independent',
    'chain',
  ]);
  t.is(meter.m3terId, 1);
  for (const energy of [...energies, 'trueEnergy'] as const) t.true(Number.isInteger(meter[energy]), energy);
  t.true(Math.abs(meter.imported / meter.trueEnergy - 1) < 0.005, `${meter.imported}, ${meter.trueEnergy}`);
  t.is(meter.balance, (meter.credited - meter.withdrawn + meter.feedIn - meter.debited) as MilliwattHours);
  t.deepEqual([meter.exported, meter.withdrawn, meter.feedIn], [0, 0, 0] as MilliwattHours[]);
  const { debited, feedIn, balance } = meter;
  t.deepEqual(meter.independent, { debited, feedIn, balance });

  const { made, acknowledged, verified } = meter.readings;
  t.true(made >= (2 * DAY) / (15 * MINUTE));
  t.deepEqual([acknowledged, verified], [made, made]);

  const { paid, bought, proved, sequence, reward } = meter.chain as MeterChainReport;
  t.deepEqual([bought, Number(paid)], [meter.credited, meter.credited / 4e6]);
  t.deepEqual([sequence, Number(reward)], [made, proved / 1e6]);
  t.is(proved, meter.imported, 'the last reading was made in the last moment');

  t.true(meter.supply.length >= 3, 'cut off, and back');
  meter.supply.forEach((change, index) => {
    t.deepEqual(Object.keys(change), ['at', 'closed', 'reason']);
    const closed = index % 2 === 0;
    t.deepEqual([change.closed, change.reason], [closed, closed ? 'supplied' : 'exhausted']);
    t.true(Number.isInteger(change.at) && change.at >= (meter.supply[index - 1]?.at ?? START_TIME));
  });
  const purchases = 1 + meter.supply.filter(({ closed }) => !closed).length;
  t.true(meter.credited > 0 && meter.credited <= kilowattHours(2 * purchases));
}

test('a house is cut off when its 2 kWh are gone, draws nothing then, and is back after the next purchase', async t => {
  const { simulation, meter } = await open(t);
  for (let minutes = 0; meter.supply.at(-1)?.reason !== 'exhausted' && minutes < 2 * DAY; minutes++)
    await run(simulation, MINUTE);
  t.is(meter.supply.length, 2);
  const balance = meter.meter?.balance ?? 1;
  t.true(balance <= 0 && balance > -wattHours(1), `cut off within the window that overdrew: ${balance} mWh`);
  const truth = meter.home.imported;
  t.true(Math.abs(truth / kilowattHours(2) - 1) < 0.005, `${truth} mWh were truly used`);

  await run(simulation, HOUR);
  t.is(meter.home.imported, truth);
  t.is(imported(meter) + balance, kilowattHours(2));

  simulation.buy(meter, kilowattHours(1));
  await run(simulation, 1);
  t.deepEqual(meter.meter?.supply, { closed: true, reason: 'supplied' });
  await run(simulation, MINUTE);
  t.true(meter.home.imported > truth);
  assertEven(t, simulation, meter);
});

test('waveform and phasor agree within 0.05 % on the energy of a morning with its kettle, and with the truth', async t => {
  const measured: number[] = [];
  for (const fidelity of ['waveform', 'phasor'] as const) {
    const { simulation, meter } = await open(t, { fidelity, start: MORNING - 12 * MINUTE });
    let kettle = false;
    for (let minutes = 0; minutes < 20; minutes += 0.5) {
      await run(simulation, MINUTE / 2);
      kettle ||= meter.home.house.loads().some(({ name, on }) => on && name === 'Kettle');
    }
    t.true(kettle);
    const ratio = imported(meter) / meter.home.imported;
    t.true(Math.abs(ratio - 1) < 0.005, `${fidelity}: ${ratio} of the truth`);
    measured.push(ratio);
  }
  const [waveform, phasor] = measured as [number, number];
  t.true(Math.abs(waveform / phasor - 1) < 0.0005, `${waveform}, ${phasor}`);
});

test('a network that is down for hours cuts nobody off, and the readings catch up in order', async t => {
  const { simulation, meter } = await open(t);
  simulation.buy(meter, kilowattHours(20));
  await run(simulation, 7 * HOUR);
  const before = simulation.account(meter).acknowledged;
  meter.network.online = false;
  await run(simulation, 9 * HOUR);
  t.deepEqual(meter.meter?.supply, { closed: true, reason: 'supplied' });
  t.false(meter.meter?.isOnline);
  t.is(simulation.account(meter).readings.length, before);
  t.true((meter.meter?.lastReading ?? 0) >= before + 36);
  simulation.buy(meter, kilowattHours(1));

  meter.network.online = true;
  await run(simulation, HOUR);
  t.is(meter.meter?.registers?.credited, kilowattHours(23), 'what was bought meanwhile came as well');
  assertEven(t, simulation, meter);
});

test('a meter whose plug is pulled again and again loses little, takes nothing back that it stated, and never forks', async t => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.log(`seed ${seed}`);
  const random = new Prng(seed);
  const upTo = (limit: number) => limit * random.uniform();
  const { simulation, meter } = await open(t, { seed, start: MORNING });
  simulation.buy(meter, kilowattHours(500));
  for (let pull = 0; pull < 100; pull++) {
    await run(simulation, upTo(20 * MINUTE));
    // what happens in the last moment is still on its way when the power goes
    simulation.clock.advance(upTo(30_000));
    const { imported: before, credited } = { ...meter.meter?.registers };
    const watts = meter.home.house.activePower;
    meter.pullPlug();
    await run(simulation, upTo(5 * MINUTE));
    meter.plugIn();
    const { registers } = meter.meter ?? {};
    const stated = simulation.account(meter).readings.at(-1)?.reading;
    t.true((registers?.imported ?? -1) >= (stated?.imported ?? 0), `pull ${pull}: imported went back`);
    t.is(registers?.credited, credited, `pull ${pull}: credit`);
    const lost = (before ?? 0) - imported(meter);
    const atRisk = Math.max(wattHours(10), (watts * 10 * 1000) / 3600);
    t.true(lost >= 0 && lost <= atRisk, `pull ${pull}: ${lost} mWh lost, at ${watts} W`);
  }
  await run(simulation, HOUR);
  assertEven(t, simulation, meter);
});

test('what is done to one meter changes nothing for its neighbours', async t => {
  const registersOf = async (disturb: boolean) => {
    const { simulation, meter } = await open(t, { meters: 3 });
    await run(simulation, 6 * HOUR);
    if (disturb) {
      meter.network.online = false;
      simulation.buy(meter, kilowattHours(7));
    }
    await run(simulation, HOUR);
    if (disturb) meter.pullPlug();
    await run(simulation, 2 * HOUR);
    if (disturb) meter.plugIn();
    meter.network.online = true;
    await run(simulation, HOUR);
    const devices = simulation.meters.map(one => String(simulation.account(one).device));
    t.is(new Set(devices).size, 3, 'each has a key of its own');
    for (const one of simulation.meters) {
      assertEven(t, simulation, one);
      const { readings } = simulation.account(one);
      t.true(readings.every(({ reading }) => reading.m3terId === one.m3terId));
    }
    return simulation.meters.map(one => ({ ...one.meter?.registers }));
  };
  const [disturbed, ...neighbours] = await registersOf(true);
  const [calm, ...calmNeighbours] = await registersOf(false);
  t.deepEqual(neighbours, calmNeighbours);
  t.notDeepEqual(disturbed, calm);
  t.is(disturbed?.credited, kilowattHours(9));
  t.is(neighbours[0]?.credited, kilowattHours(2));
});

test('a roof that feeds the grid is metered as export, for which nobody pays', async t => {
  const { simulation, meter } = await open(t, { feedsGrid: true, start: 10 * HOUR });
  await run(simulation, 3 * HOUR);
  const { exported, feedIn } = meter.meter?.registers ?? {};
  t.true(meter.home.exported > wattHours(100));
  t.true(Math.abs((exported ?? 0) / meter.home.exported - 1) < 0.005);
  t.is(feedIn, milliwattHours(0));
});

/** What the meter and the world say that it owes, and what it metered. */
function accounts({ meter, independent }: SimulatedMeter) {
  const { imported = 0, exported = 0, debited, feedIn } = meter?.registers ?? {};
  const stated = { debited, feedIn, balance: meter?.balance };
  const { account } = independent;
  const reckoned = {
    debited: Number(account.debited),
    feedIn: Number(account.feedIn),
    balance: Number(account.balance),
  };
  return { imported, exported, stated, reckoned };
}

test('days on a time-of-use tariff with a roof that earns: the balance is that of an independent ledger, to the mWh', async t => {
  const { simulation, meter } = await open(t, { feedsGrid: true, topUps: true, tariff: TIME_OF_USE });
  for (let day = 0; day < 3; day++) {
    await run(simulation, DAY);
    const { imported, exported, stated, reckoned } = accounts(meter);
    t.deepEqual<unknown, unknown>(stated, reckoned);
    t.true(stated.debited !== undefined && stated.debited > imported, 'evenings are dear');
    t.true(exported > 0 && stated.feedIn === Math.floor(exported * 0.8));
  }
  t.true(meter.supply.length > 2);
  assertEven(t, simulation, meter);
});

test('so it is under any tariff, also one that begins in mid-minute, and over times without a network', async t => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.log(`seed ${seed}`);
  const random = new Prng(seed);
  const upTo = (limit: number) => Math.floor(limit * random.uniform());
  const bands = Array.from({ length: 16 }, () => {
    const fromMinute = upTo(1440);
    return {
      fromMinute,
      toMinute: fromMinute + 1 + upTo(1440 - fromMinute),
      days: 1 + upTo(127),
      factor: upTo(5000),
    };
  });
  const validFrom = START_TIME + MORNING + upTo(HOUR);
  const tariff = { version: 1, validFrom, feedInFactor: upTo(2000), bands };
  const { simulation, meter } = await open(t, { seed, feedsGrid: true, topUps: true, tariff });
  await run(simulation, 10 * HOUR);
  meter.network.online = false;
  await run(simulation, 6 * HOUR);
  meter.network.online = true;
  await run(simulation, 8 * HOUR);
  const { stated, reckoned } = accounts(meter);
  t.deepEqual<unknown, unknown>(stated, reckoned, JSON.stringify(tariff));
  assertEven(t, simulation, meter);
});
