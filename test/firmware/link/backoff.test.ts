import test from 'ava';
import * as fc from 'fast-check';
import { Backoff, LONGEST_WAIT, SHORTEST_WAIT } from '../../../firmware/link/backoff';

test('the wait stays between one second and a ceiling that doubles up to five minutes, whatever the dice say', t => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 2, maxLength: 2 }), { maxLength: 40 }), dice => {
      let throws = 0;
      const backoff = new Backoff({ random: () => dice[throws++] as Uint8Array });
      dice.forEach((_, attempt) => {
        const wait = backoff.next();
        t.true(wait >= 1000 && wait <= Math.min(1000 * 2 ** (attempt + 1), 300_000), `${attempt}: ${wait}`);
      });
    }),
  );
});

test('the jitter is full: the extremes of the dice reach both bounds', t => {
  const lowest = new Backoff({ random: () => Uint8Array.of(0, 0) });
  const highest = new Backoff({ random: () => Uint8Array.of(255, 255) });
  for (let attempt = 0; attempt < 20; attempt++) {
    lowest.next();
    highest.next();
  }
  t.is(lowest.next(), SHORTEST_WAIT);
  t.true(highest.next() > 0.999 * LONGEST_WAIT);
});

test('after a reset it begins anew', t => {
  const backoff = new Backoff({ random: () => Uint8Array.of(255, 255) });
  const first = backoff.next();
  t.true(backoff.next() > first);
  backoff.reset();
  t.is(backoff.next(), first);
});
