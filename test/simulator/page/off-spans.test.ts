import test from 'ava';
import { offSpans, supplyAt } from '../../../simulator/page/client/off-spans';

const CHANGES = [
  { at: 10, closed: true, reason: 'supplied' },
  { at: 20, closed: false, reason: 'exhausted' },
  { at: 30, closed: false, reason: 'ordered' },
  { at: 40, closed: true, reason: 'supplied' },
  { at: 50, closed: false, reason: 'unplugged' },
];

test('a time without supply is one span for each reason, and the last may still last', t => {
  t.deepEqual(offSpans(CHANGES), [
    { from: 20, to: 30, reason: 'exhausted' },
    { from: 30, to: 40, reason: 'ordered' },
    { from: 50, to: Number.POSITIVE_INFINITY, reason: 'unplugged' },
  ]);
  t.deepEqual(offSpans([]), []);
});

test('how the supply was is what the last change before says, and before the first nothing', t => {
  t.is(supplyAt(CHANGES, 9), undefined);
  t.is(supplyAt(CHANGES, 35)?.reason, 'ordered');
  t.is(supplyAt(CHANGES, 40)?.reason, 'supplied');
  t.is(supplyAt(CHANGES, 99)?.reason, 'unplugged');
});
