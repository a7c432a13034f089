import test from 'ava';
import fc from 'fast-check';
import { downsample, heaviest } from '../../../simulator/report/downsample';

const POINTS = 20;
const rows = fc
  .array(fc.record({ at: fc.nat(1000), up: fc.integer(), down: fc.option(fc.double({ noNaN: true })) }), {
    minLength: 1,
    maxLength: 300,
    size: 'max',
  })
  .map(made => made.sort((a, b) => a.at - b.at));

function extremes(values: readonly (number | null)[]): number[] {
  const numbers = values.filter(value => value !== null);
  return numbers.length === 0 ? [] : [Math.min(...numbers), Math.max(...numbers)];
}

test('what is thinned out is no longer than asked, in order, from the first to the last, with every extreme', t => {
  fc.assert(
    fc.property(rows, all => {
      const shown = downsample(all, POINTS, ['up', 'down']);
      t.true(shown.length <= POINTS);
      t.deepEqual(
        shown,
        all.filter(row => shown.includes(row)),
      );
      t.deepEqual([shown[0], shown.at(-1)], [all[0], all.at(-1)]);
      for (const column of ['up', 'down'] as const)
        t.deepEqual(extremes(shown.map(row => row[column])), extremes(all.map(row => row[column])));
    }),
  );
});

test('a single sample out of a year of them is still seen', t => {
  const year = Array.from({ length: 35_040 }, (_, k) => ({ at: 900 * k, power: Math.sin(k / 100) }));
  const spike = { at: 900 * 20_000, power: 7 };
  const shown = downsample(year.toSpliced(20_000, 1, spike), 1000, ['power']);
  t.true(shown.includes(spike));
  t.true(shown.length > 500 && shown.length <= 1000, `${shown.length}`);
});

test('what is few is left as it is', t => {
  const few = Array.from({ length: 8 }, (_, at) => ({ at, none: null }));
  t.is(downsample(few, 8, ['none']), few);
});

test('of rows that weigh, those that weigh most are kept in their order', t => {
  t.deepEqual(
    heaviest([3, 1, 9, 4, 8], 3, row => row),
    [9, 4, 8],
  );
  t.deepEqual(
    heaviest([2, 1], 2, row => row),
    [2, 1],
  );
});
