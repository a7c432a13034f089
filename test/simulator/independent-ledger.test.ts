import test from 'ava';
import fc from 'fast-check';
import { IndependentLedger, type KnownTariff } from '../../simulator/independent-ledger';

/** A Monday at midnight, UTC. */
const MONDAY = Date.UTC(2026, 5, 1) / 1000;
const HOUR = 3600;

const TARIFF: KnownTariff = {
  validFrom: MONDAY + HOUR,
  feedInFactor: 333,
  bands: [
    { fromMinute: 600, toMinute: 601, days: 1, factor: 1501 },
    { fromMinute: 0, toMinute: 1440, days: 64, factor: 250 },
  ],
};

test('without a tariff each mWh counts as one, and none is earned', t => {
  const ledger = new IndependentLedger();
  ledger.credit(10);
  ledger.see(4, 100, MONDAY);
  ledger.see(12, 100, MONDAY + HOUR);
  t.deepEqual(ledger.account, { debited: 12n, feedIn: 0n, balance: -2n });
});

test('energy weighs what the band of its minute and day says, once the tariff holds', t => {
  const ledger = new IndependentLedger(TARIFF);
  ledger.see(100, 100, MONDAY + HOUR - 1);
  t.deepEqual(ledger.account, { debited: 100n, feedIn: 0n, balance: -100n });
  ledger.see(200, 200, MONDAY + HOUR);
  t.deepEqual(ledger.account, { debited: 200n, feedIn: 33n, balance: -167n });
  ledger.see(300, 200, MONDAY + 10 * HOUR - 1);
  ledger.see(400, 200, MONDAY + 10 * HOUR);
  ledger.see(401, 200, MONDAY + 10 * HOUR + 59);
  ledger.see(501, 200, MONDAY + 10 * HOUR + 60);
  // 300 at 1, 101 at 1.501, 100 at 1
  t.is(ledger.account.debited, 551n);
  ledger.see(601, 200, MONDAY + 6 * 24 * HOUR);
  t.is(ledger.account.debited, 576n);
});

test('however often it is asked, and in whatever steps it sees the registers, nothing is lost to rounding', t => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }), fc.boolean(), (steps, isAsked) => {
      const ledger = new IndependentLedger({ ...TARIFF, validFrom: 0 });
      let total = 0;
      for (const step of steps) {
        total += step;
        ledger.see(0, total, MONDAY);
        if (isAsked) ledger.account;
      }
      t.is(ledger.account.feedIn, (BigInt(total) * 333n) / 1000n);
    }),
  );
});
