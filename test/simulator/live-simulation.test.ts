import test, { type ExecutionContext } from 'ava';
import { kilowattHours } from '../../firmware/energy';
import { HOUR } from '../../simulator/house/time';
import { LiveSimulation } from '../../simulator/live-simulation';
import { Simulation, START_TIME } from '../../simulator/simulation';

const MORNING = START_TIME + 6 * HOUR;

async function open(t: ExecutionContext, speed = 60): Promise<LiveSimulation> {
  const house = { fidelity: 'phasor', feedsGrid: false, topUps: false } as const;
  const options = { seed: 1, meters: 2, chain: 'none', ...house } as const;
  const simulation = await Simulation.open({ ...options, start: 6 * HOUR });
  t.teardown(() => simulation.close());
  return new LiveSimulation(simulation, speed);
}

test('what it shows is what the meter, the house and the operator say', async t => {
  const live = await open(t);
  t.like(live.getState(), { time: MORNING, m3terId: 1n, plugged: true, networkUp: true, paused: false });
  await live.advance(MORNING + HOUR);
  const state = live.getState();
  t.is(state.time, MORNING + HOUR);
  t.regex(state.address, /^0x[0-9a-fA-F]{40}$/);
  t.true(state.line.voltage > 200 && state.line.voltage < 250);
  t.is((state.balance ?? 0) + state.metered, kilowattHours(2));
  t.true(Math.abs(state.metered / state.trueEnergy - 1) < 0.005);
  t.true(state.readings.length >= 4);
  t.true(state.readings.every(({ verified, acknowledged }) => verified === 'verified' && acknowledged));
  t.true(state.events.some(({ text }) => text === 'supply closed'));
  t.true(state.appliances.length > 0 && state.appliances.every(({ power }) => power > 0));
  t.deepEqual(state.purchases, [{ time: MORNING, energy: kilowattHours(2) }]);
});

test('the history has the mean power of each two minutes, and forgets the oldest', async t => {
  const live = await open(t);
  await live.advance(MORNING + 601);
  const { powerHistory, powerHistoryStep, trueEnergy } = live.getState();
  t.deepEqual([powerHistory.length, powerHistoryStep], [5, 120]);
  const watts = powerHistory.reduce((sum, power) => sum + power / 5, 0);
  t.true(Math.abs((watts * 600) / 3.6 / trueEnergy - 1) < 0.01, `${watts} W, ${trueEnergy} mWh`);
  await live.advance(MORNING + 121 * 120);
  t.is(live.getState().powerHistory.length, 120);
  t.is(live.getState().powerHistory[0], powerHistory[1]);
});

test('buying adds a kWh', async t => {
  const live = await open(t);
  live.actions.buy();
  t.is(live.getState().message, '1 kWh bought');
  await live.advance(MORNING + 60);
  const { balance = 0, metered, purchases } = live.getState();
  t.is(balance + metered, kilowattHours(3));
  t.deepEqual(
    purchases.map(({ energy }) => energy),
    [kilowattHours(2), kilowattHours(1)],
  );
});

test('the network is cut, and restored', async t => {
  const live = await open(t);
  await live.advance(MORNING + 60);
  const before = live.getState().readings.length;
  live.actions.toggleNetwork();
  t.like(live.getState(), { networkUp: false, message: 'network cut: the meter goes on by itself' });
  await live.advance(MORNING + HOUR);
  t.like(live.getState(), { closed: true, reason: 'supplied' });
  t.is(live.getState().readings.length, before);
  live.actions.toggleNetwork();
  t.like(live.getState(), { networkUp: true, message: 'network restored' });
  await live.advance(MORNING + 2 * HOUR);
  t.true(live.getState().readings.length > before + 4);
});

test('an unplugged meter shows no balance and no power, never a zero balance, and what it metered before', async t => {
  const live = await open(t);
  await live.advance(MORNING + HOUR);
  const { metered, balance } = live.getState();
  live.actions.togglePlug();
  const dark = { plugged: false, balance: undefined, closed: false, reason: 'unplugged', metered };
  t.like(live.getState(), { ...dark, message: 'plug pulled: nothing was saved, nobody was told' });
  await live.advance(MORNING + 2 * HOUR);
  t.like(live.getState(), dark);
  t.deepEqual([live.getState().appliances, live.getState().line.activePower], [[], 0]);
  live.actions.togglePlug();
  t.like(live.getState(), { plugged: true, message: 'meter plugged in' });
  await live.advance(MORNING + 2 * HOUR + 1);
  t.like(live.getState(), { closed: true, reason: 'supplied' });
  t.true(Math.abs((live.getState().balance ?? 0) - (balance ?? 0)) < kilowattHours(0.02));
});

test('speed goes up and down by steps, and not beyond them', async t => {
  const live = await open(t, 50);
  live.actions.faster();
  t.is(live.getState().speed, 60);
  live.actions.slower();
  t.is(live.getState().speed, 10);
  for (let k = 0; k < 9; k++) live.actions.slower();
  t.is(live.getState().speed, 1);
  for (let k = 0; k < 9; k++) live.actions.faster();
  t.is(live.getState().speed, 20_000);
});

test('it runs at its pace until somebody quits, stands still while it is paused, and tells its listeners', async t => {
  const live = await open(t, 1000);
  const times: number[] = [];
  const reached = (condition: () => boolean) =>
    new Promise<void>(resolve => {
      const unsubscribe = live.subscribe(() => {
        if (!condition()) return;
        unsubscribe();
        resolve();
      });
    });
  live.subscribe(() => times.push(live.getState().time));
  const running = live.run(Number.POSITIVE_INFINITY);
  await reached(() => live.getState().time > MORNING + 60);
  live.actions.togglePause();
  t.true(live.getState().paused);
  await reached(() => true);
  const paused = times.length;
  await reached(() => times.length >= paused + 3);
  t.is(new Set(times.slice(paused)).size, 1, 'time stands still');
  live.actions.togglePause();
  await reached(() => live.getState().time > (times.at(paused) ?? 0));
  live.actions.quit();
  await running;
  t.deepEqual(times, [...times].sort());
});

test('it ends by itself when its time has come', async t => {
  const live = await open(t, 20_000);
  await live.run(MORNING + 600);
  t.is(live.getState().time, MORNING + 600);
});

test('when the balance is used up it says what to do', async t => {
  const live = await open(t);
  let hours = 0;
  do await live.advance(MORNING + ++hours * HOUR);
  while (live.getState().closed && hours < 48);
  t.like(live.getState(), { closed: false, message: 'the balance is used up: b buys 1 kWh' });
  t.true((live.getState().balance ?? 1) <= 0);
  live.actions.buy();
  await live.advance(MORNING + hours * HOUR + 1);
  t.like(live.getState(), { closed: true, reason: 'supplied', message: '1 kWh bought' });
});
