import test from 'ava';
import fc from 'fast-check';
import type { Reading } from '../../../firmware/attest/signed-types';
import { milliwattHours } from '../../../firmware/energy';
import { withdrawnBySuccessor } from '../../../simulator/gateway/succession';

/** What a device has debited and earned by now. */
const use = (debited: number, feedIn = 0) => ({ debited, feedIn }) as Reading;
const total = (energy: number) => milliwattHours(energy);
const amount = fc.nat(1000);

test('the balance goes on in another device, and again in the first when that comes back', t => {
  fc.assert(
    fc.property(amount, amount, amount, amount, amount, (credited, first, earned, second, later) => {
      fc.pre(credited + earned >= first + second && first >= earned);
      const bought = { credited: total(credited), withdrawn: total(0) };
      const inSecond = withdrawnBySuccessor(bought, use(first, earned), undefined);
      t.is(credited - inSecond, credited - first + earned);
      // it comes back as it went, after the second has used some
      const inFirst = withdrawnBySuccessor(
        { credited: total(credited + later), withdrawn: inSecond },
        use(second),
        use(first, earned),
      );
      const balance = credited + later - inFirst + earned - first;
      t.is(balance, credited + later - first + earned - second);
    }),
  );
});

test('a debt ends with its device, as a meter refuses more withdrawn than it was credited and has earned', t => {
  const bought = { credited: total(10), withdrawn: total(2) };
  t.is<number, number>(withdrawnBySuccessor(bought, use(15), undefined), 10);
  t.is<number, number>(withdrawnBySuccessor(bought, use(15), use(0, 3)), 13);
});

test('what a device has earned beyond what it used is left with it, where nothing was withdrawn', t => {
  const bought = { credited: total(10), withdrawn: total(0) };
  t.is<number, number>(withdrawnBySuccessor(bought, use(1, 5), undefined), 0);
});
