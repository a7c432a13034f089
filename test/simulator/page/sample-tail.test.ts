import test from 'ava';
import fc from 'fast-check';
import { type Sample, SampleTail } from '../../../simulator/page/sample-tail';

function sample(number: number): Sample {
  return [number, 2 * number, 3 * number, 4 * number, 5 * number];
}

/** What a tail holds, as rows. */
function rows(tail: SampleTail): number[][] {
  const columns = tail.columns();
  return Array.from(columns[0] ?? [], (_, row) => columns.map(column => column[row] as number));
}

test('it keeps the last samples, in order and each column in one piece', t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60 }), (capacity, count) => {
      const tail = new SampleTail(capacity);
      for (let k = 1; k <= count; k++) tail.add(sample(k));
      const kept = Math.min(capacity, count);
      const expected = Array.from({ length: kept }, (_, k) => [...sample(count - kept + 1 + k)]);
      t.deepEqual(rows(tail), expected);
      t.is(tail.count, count);
      t.is(tail.last, count);
    }),
  );
});

test('a tail that follows another, however seldom, ends up the same', t => {
  const pauses = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), pauses, (capacity, numbers) => {
      const near = new SampleTail(capacity);
      const far = new SampleTail(capacity);
      let told = 0;
      for (const number of numbers) {
        for (let k = 0; k < number; k++) near.add(sample(near.count + 1));
        far.append(near.since(told));
        told = near.count;
        t.deepEqual(rows(far), rows(near));
      }
    }),
  );
});

test('what comes twice counts once', t => {
  const near = new SampleTail(5);
  const far = new SampleTail(5);
  for (let k = 1; k <= 3; k++) near.add(sample(k));
  far.append(near.since(0));
  near.add(sample(4));
  far.append(near.since(1));
  t.deepEqual(rows(far), rows(near));
});

test('a capacity of nothing is misuse', t => {
  for (const capacity of [0, -1, 1.5, Number.NaN])
    t.throws(() => new SampleTail(capacity), {
      message: `capacity: expected a whole number from 1, got ${capacity}`,
    });
});
