import test from 'ava';
import fc from 'fast-check';
import { chart } from '../../../simulator/view/chart';

test('import rises from the zero line and export hangs below it, on one scale', t => {
  t.deepEqual(chart([0, 500, 1000, 2000, -100, -1000], 8, 2), {
    above: ['     █  ', '   ▄██  '],
    below: '      ▔█',
    top: 2000,
  });
});

test('the smallest import and export show, a house at rest is flat, and only the last values fit', t => {
  const { above, below } = chart([900, 5000, 1, -1, 0], 4, 1);
  t.deepEqual(above, ['█▁  ']);
  t.is(below, '  ▔ ');
});

test('every row is as wide as asked, whatever the values', t => {
  fc.assert(
    fc.property(
      fc.array(fc.double()),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 6 }),
      (values, width, height) => {
        const { above, below, top } = chart(values, width, height);
        t.is(above.length, height);
        for (const row of [...above, below]) t.is(row.length, width);
        t.true(top >= 100);
      },
    ),
  );
});
