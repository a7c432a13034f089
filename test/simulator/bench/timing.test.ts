import test from 'ava';
import { median } from '../../../simulator/bench/timing';

test('the median is the value in the middle, whatever the order', t => {
  t.is(median([30, 1, 2]), 2);
  t.is(median([10, 9]), 9);
  t.is(median([7]), 7);
  t.throws(() => median([]), { instanceOf: RangeError, message: /one value at least/ });
});
