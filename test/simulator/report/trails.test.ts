import test from 'ava';
import fc from 'fast-check';
import { CreditTrail } from '../../../simulator/report/credit-trail';
import type { MeterTables, ReportedMeter } from '../../../simulator/report/report-data';
import { reportOfMeters } from '../../../simulator/report/report-of-meters';
import { reportedMeter } from '../../../simulator/report/reported-meter';
import { SequenceTrail } from '../../../simulator/report/sequence-trail';
import { SupplyTrail } from '../../../simulator/report/supply-trail';
import { byTime, Trail } from '../../../simulator/report/trail';

const times = fc.integer({ min: 1, max: 1000 });

test('a trail keeps no more than twice what its thinning leaves, and counts all', t => {
  fc.assert(
    fc.property(fc.array(times, { maxLength: 500 }), all => {
      const trail = new Trail<{ readonly at: number }>(20, rows => rows.slice(-10));
      for (const at of all) trail.add({ at });
      t.is(trail.count, all.length);
      t.true(trail.rows.length < 20);
      t.deepEqual(trail.rows, byTime(trail.rows));
    }),
  );
});

test('purchases are the same however little is kept of the totals that were stated, in whatever order', t => {
  const totals = fc.array(fc.tuple(times, fc.integer({ min: 0, max: 50 })), { maxLength: 200 });
  fc.assert(
    fc.property(totals, fc.boolean(), (stated, isWhole) => {
      const [little, whole] = [new CreditTrail(4), new CreditTrail(1e6)];
      for (const trail of [little, whole]) {
        trail.isWhole = isWhole;
        for (const [at, total] of stated) trail.add(at, total);
      }
      t.deepEqual(little.purchases, whole.purchases);
      const most = Math.max(0, ...stated.map(([, total]) => total));
      const bought = whole.purchases.reduce((sum, { energy }) => sum + energy, 0);
      t.true(isWhole ? bought === most : bought <= most);
    }),
  );
});

test('of a supply that is told in order the stretches are the same however little is kept', t => {
  const told = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('supplied', 'exhausted', 'ordered')), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(told, changes => {
      const [little, whole] = [new SupplyTrail(4), new SupplyTrail(1e6)];
      for (const [at, [closed, reason]] of changes.entries())
        for (const trail of [little, whole]) trail.add({ at, closed, reason });
      t.deepEqual(little.stretches(500), whole.stretches(500));
    }),
  );
});

test('a change that is heard of late holds until the next that was heard, though those between are not kept', t => {
  const trail = new SupplyTrail(4);
  for (const at of [0, 10, 20, 30]) trail.add({ at, closed: true, reason: 'supplied' });
  trail.add({ at: 15, closed: false, reason: 'ordered' });
  t.deepEqual(trail.stretches(40), [
    { at: 0, until: 15, closed: true, reason: 'supplied' },
    { at: 15, until: 30, closed: false, reason: 'ordered' },
    { at: 30, until: 40, closed: true, reason: 'supplied' },
  ]);
});

test('the gaps are what is missing between the first and the last, in whatever order they came', t => {
  const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
  fc.assert(
    fc.property(sequences, came => {
      const trail = new SequenceTrail();
      for (const sequence of came) trail.add(sequence, 1000 + sequence);
      const [first, last] = [Math.min(...came), Math.max(...came)];
      const missing = Array.from({ length: last - first + 1 }, (_, k) => first + k).filter(
        sequence => !came.includes(sequence),
      );
      const told = trail.gaps.flatMap(gap =>
        Array.from({ length: gap.last - gap.first + 1 }, (_, k) => gap.first + k),
      );
      t.deepEqual(told, missing);
      t.deepEqual([trail.last, trail.missing], [last, missing.length]);
      for (const gap of trail.gaps) t.deepEqual([gap.at, gap.until], [999 + gap.first, 1001 + gap.last]);
    }),
  );
});

test('a gap between readings of which nobody knows the time is counted, and has no place in time', t => {
  const trail = new SequenceTrail();
  for (const sequence of [1, 3]) trail.add(sequence, undefined);
  trail.add(6, 1000);
  t.is(trail.missing, 3);
  t.deepEqual(trail.gaps, [{ at: 1000, until: 1000, first: 4, last: 5 }]);
});

const NO_TABLES: MeterTables = {
  ...{ energy: [], accuracy: [], supply: [], readings: [], gaps: [], purchases: [], events: [] },
};

function meter(m3terId: number, missing: number): ReportedMeter {
  const readings = {
    made: 9,
    received: 9,
    verified: 9,
    unverified: 0,
    missing,
    acknowledged: 0,
    malformed: 0,
  };
  const totals = { m3terId: `${m3terId}`, readings, events: 0, purchases: 0, cutOffs: 0 };
  return reportedMeter(totals, NO_TABLES, 50);
}

test('of very many meters those are shown of which something is odd, and the others are totals', t => {
  const all = Array.from({ length: 1200 }, (_, k) => meter(k, k === 1150 ? 3 : 0));
  const { meters, further, notes } = reportOfMeters({ title: '', notes: [] }, all);
  t.deepEqual([meters.length, further.length], [1000, 200]);
  t.deepEqual([meters[0]?.totals.m3terId, meters[1]?.totals.m3terId], ['1150', '0']);
  t.regex(notes[0] ?? '', /^1000 of 1200 meters are shown/);
  t.deepEqual(reportOfMeters({ title: '', notes: [] }, all.slice(0, 9)).meters, all.slice(0, 9));
});

test('however many events strangers send, the newest of the meter itself stay', t => {
  const event = (at: number, verified: boolean) => ({ at, sequence: at, name: 'boot', detail: '', verified });
  const own = Array.from({ length: 30 }, (_, k) => event(k, true));
  const strangers = Array.from({ length: 500 }, (_, k) => event(100 + k, false));
  const { totals } = meter(1, 0);
  const shown = (events: MeterTables['events']) =>
    reportedMeter(totals, { ...NO_TABLES, events }, 50).tables.events;
  t.deepEqual(shown([...own, ...strangers]), [...own.slice(-25), ...strangers.slice(-25)]);
  t.deepEqual(shown([...own, ...strangers.slice(0, 5)]), [...own, ...strangers.slice(0, 5)]);
  t.deepEqual(shown(strangers), strangers.slice(-50));
});
