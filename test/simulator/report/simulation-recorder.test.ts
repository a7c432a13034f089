import test, { type ExecutionContext } from 'ava';
import { HOUR } from '../../../simulator/house/time';
import type { ReportData, ReportedMeter } from '../../../simulator/report/report-data';
import { reportHtml } from '../../../simulator/report/report-html';
import { SimulationRecorder } from '../../../simulator/report/simulation-recorder';
import type { SimulatedMeter } from '../../../simulator/simulated-meter';
import { Simulation } from '../../../simulator/simulation';
import { reportOf } from '../../../simulator/simulation-report';
import { embeddedData } from './report-page';

async function open(t: ExecutionContext): Promise<Simulation> {
  const house = { fidelity: 'phasor', feedsGrid: true, topUps: true } as const;
  const simulation = await Simulation.open({ seed: 3, meters: 1, chain: 'none', start: 6 * HOUR, ...house });
  t.teardown(() => simulation.close());
  return simulation;
}

function only(data: ReportData): ReportedMeter {
  const [meter] = data.meters;
  if (meter === undefined) throw new Error('report: expected a meter, got none');
  return meter;
}

test('the report has what the simulation says, and recording changes nothing of it', async t => {
  const [plain, recorded] = [await open(t), await open(t)];
  const recorder = new SimulationRecorder(recorded);
  const end = recorded.time + 8 * HOUR;
  await plain.runUntil(end);
  await recorded.runUntil(end);
  const [simulated] = recorded.meters as [SimulatedMeter];
  const [expected] = (await reportOf(recorded, 3, 1)).meters;
  t.deepEqual((await reportOf(plain, 3, 1)).meters, [expected]);

  const data = embeddedData(await reportHtml(recorder.report('eight hours')));
  const { totals, tables, counts } = only(data);
  const { m3terId, independent, forecast, supply, readings, ...sums } = expected ?? t.fail();
  t.like(totals, { m3terId: `${m3terId}`, ...sums });
  t.like(totals.readings, readings);

  const { imported, exported, balance, trueEnergy } = sums;
  t.deepEqual(tables.energy.at(-1), { at: end, imported, exported, balance });
  t.is(tables.energy.length, 8 * 4 + 1);
  const last = tables.accuracy.at(-1);
  t.is(Math.round(last?.trueImported ?? 0), trueEnergy);
  const { imported: truth } = simulated.home;
  t.is(last?.importedError, (100 * (imported - truth)) / truth);

  t.deepEqual(
    tables.supply.map(({ at, closed, reason }) => ({ at, closed, reason })),
    supply,
  );
  t.is(tables.supply.at(-1)?.until, end);
  t.deepEqual(
    tables.purchases,
    recorded.purchases.map(({ at, energy }) => ({ at, energy })),
  );
  const account = recorded.account(simulated);
  t.deepEqual(
    tables.readings,
    account.readings.map(({ reading: { timestamp, sequence } }) => ({
      ...{ at: timestamp, sequence, problems: '' },
      ...{ verified: true, acknowledged: true },
    })),
  );
  t.deepEqual(
    tables.events.map(({ sequence, at }) => [sequence, at]),
    account.events.map(({ sequence, timestamp }) => [sequence, timestamp]),
  );
  t.is(counts.events, account.events.length);
  t.deepEqual([data.from, data.to], [end - 8 * HOUR, end]);
});

test('while its plug is pulled nothing is known of a meter, and the truth goes on', async t => {
  const simulation = await open(t);
  const recorder = new SimulationRecorder(simulation);
  const [simulated] = simulation.meters as [SimulatedMeter];
  await simulation.runUntil(simulation.time + HOUR);
  simulated.pullPlug();
  const pulled = simulation.time;
  await simulation.runUntil(pulled + HOUR);
  const { totals, tables } = only(recorder.report('pulled'));
  t.is(tables.energy.at(-1)?.at, pulled);
  t.is(totals.trueEnergy, Math.round(simulated.home.imported));
});
