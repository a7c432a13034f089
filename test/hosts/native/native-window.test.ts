import test from 'ava';
import { sampledWindow, WINDOW_NUMBERS } from '../../../hosts/native/sampler/native-window';

test('the numbers of the native sampler become a window with the sums of as many phases as there are', t => {
  const numbers = Float64Array.from({ length: WINDOW_NUMBERS }, (_, k) => k + 1);
  const sums = (first: number) => ({
    v: first,
    i: first + 1,
    vEarlier: first + 2,
    iEarlier: first + 3,
    vv: first + 4,
    ii: first + 5,
    vi: first + 6,
    vEarlierI: first + 7,
    vIEarlier: first + 8,
  });
  const times = { samples: 1, cycles: 2, duration: 3, cycleSpan: 4, gap: 5 };
  t.deepEqual(sampledWindow(numbers, 3), {
    window: { phases: [sums(9), sums(18), sums(27)], ...times },
    losses: 6,
    clipped: 7,
    joined: 8,
  });
  t.deepEqual(sampledWindow(numbers, 1).window, { phases: [sums(9)], ...times });
});
