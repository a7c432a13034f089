import test from 'ava';
import { balancePlot, energyPlot, readingPlot } from '../../../simulator/report/client/plots';
import { supplyText } from '../../../simulator/report/client/supply-timeline';
import type { MeterTables, ReadingPoint } from '../../../simulator/report/report-data';
import { reportedMeter } from '../../../simulator/report/reported-meter';

const READINGS = {
  made: 9,
  received: 9,
  verified: 9,
  unverified: 0,
  missing: 0,
  acknowledged: 0,
  malformed: 0,
};
const NO_TABLES: MeterTables = {
  ...{ energy: [], accuracy: [], supply: [], readings: [], gaps: [], purchases: [], events: [] },
};

function meterWith(tables: Partial<MeterTables>) {
  const totals = { m3terId: '7', readings: READINGS, events: 0, purchases: 0, cutOffs: 0 };
  return reportedMeter(totals, { ...NO_TABLES, ...tables }, 1000);
}

test('no line is drawn where readings are missing, nor while the meter had no power', t => {
  const energy = [1, 2, 5, 9].map(at => ({ at, imported: 1e6 * at, exported: 0, balance: -1e6 * at }));
  const gaps = [{ at: 2, until: 5, first: 3, last: 4 }];
  const supply = [
    { at: 1, until: 5, closed: true, reason: 'supplied' },
    { at: 5, until: 9, closed: false, reason: 'unplugged' },
  ];
  const meter = meterWith({ energy, gaps, supply });
  const { times, series } = energyPlot(meter).plot;
  t.deepEqual(times, [1, 2, 3.5, 5, 7, 9]);
  t.deepEqual(series[0]?.values, [1, 2, null, 5, null, 9]);
  t.deepEqual(balancePlot(meter).plot.series[0]?.values, [-1, -2, null, -5, null, -9]);
});

test('a reading that only follows missing ones is not marked as one that somebody forged', t => {
  const reading = (sequence: number, problems: string, acknowledged = false): ReadingPoint => ({
    ...{ at: sequence, sequence, problems, acknowledged },
    verified: problems === '',
  });
  const readings = [
    ...[reading(1, '', true), reading(2, ''), reading(4, 'out-of-sequence')],
    ...[reading(5, 'wrong-signer'), reading(6, 'out-of-sequence register-decreased')],
  ];
  const { series } = readingPlot(meterWith({ readings })).plot;
  const marked = Object.fromEntries(
    series.map(({ label, values }) => [label, values.filter(value => value !== null)]),
  );
  t.deepEqual(marked, {
    'verified, acknowledged': [1],
    'verified, not acknowledged': [2],
    'behind a gap': [4],
    'not verified': [5, 6],
    missing: [],
  });
});

test('the supply is summed up: how much of the time it was on, and how long off for which reason', t => {
  const stretches = [
    { at: 0, until: 5400, closed: true, reason: 'supplied' },
    { at: 5400, until: 5460, closed: false, reason: 'ordered' },
    { at: 5460, until: 6600, closed: false, reason: 'exhausted' },
    { at: 6600, until: 7200, closed: true, reason: 'friendly' },
  ];
  t.is(supplyText(stretches), 'On for 83.3 % of the time. Off, exhausted: 19 min. Off, ordered: 60 s.');
  t.is(supplyText([]), '');
});
