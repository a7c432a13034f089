import test from 'ava';
import { detailDigests } from '../../../firmware/attest/event';

test('of two digests an event holds the first half of each, the older first', t => {
  const before = Uint8Array.from({ length: 32 }, (_, k) => k);
  const after = before.map(byte => 100 + byte);
  t.deepEqual([...detailDigests(before, after)], [...before.subarray(0, 16), ...after.subarray(0, 16)]);
});
