import test from 'ava';
import fc from 'fast-check';
import { toKilowattHours } from '../../../firmware/energy';
import { Household } from '../../../simulator/house/household';
import { DAY, HOUR, MINUTE } from '../../../simulator/house/time';

test('the household buys 2 kWh 10 to 60 minutes after a cut-off, or first thing in the morning', t => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 10 * DAY }), (seed, cutOff) => {
      const { at, energy } = new Household(seed).purchaseAfter(cutOff);
      t.is(toKilowattHours(energy), 2);
      t.true(Number.isInteger(at) && at >= cutOff + 10 * MINUTE);
      const hour = (at % DAY) / HOUR;
      t.true(hour >= 6 && hour < 23);
      if (at > cutOff + 60 * MINUTE) {
        t.true(hour <= 6.25, `${hour} h`);
        t.true(at - cutOff <= 7.25 * HOUR + 60 * MINUTE);
      }
    }),
  );
});

test('the same seed buys at the same moments, and not always after the same delay', t => {
  const delays = () => {
    const household = new Household(9);
    return [10, 11, 12].map(hour => household.purchaseAfter(hour * HOUR).at - hour * HOUR);
  };
  t.deepEqual(delays(), delays());
  t.is(new Set(delays()).size, 3);
});
