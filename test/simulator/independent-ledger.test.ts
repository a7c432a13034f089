import test from 'ava';
import fc from 'fast-check';
import { IndependentLedger, type KnownTariff } from '../../simulator/independent-ledger';
import type { SimulatedMeter } from '../../simulator/simulated-meter';
import { Simulation } from '../../simulator/simulation';

/** A Monday at midnight, UTC. */
const MONDAY = Date.UTC(2026, 5, 1) / 1000;
const HOUR = 3600;

const TARIFF: KnownTariff = {
  version: 1,
  validFrom: MONDAY + HOUR,
  feedInFactor: 333,
  bands: [
    { fromMinute: 600, toMinute: 601, days: 1, factor: 1501 },
    { fromMinute: 0, toMinute: 1440, days: 64, factor: 250 },
  ],
};

function told(tariff: KnownTariff): IndependentLedger {
  const ledger = new IndependentLedger();
  ledger.tell(tariff, MONDAY);
  return ledger;
}

/** At all times the same factor. */
function flat(version: number, validFrom: number, factor: number): KnownTariff {
  const bands = [{ fromMinute: 0, toMinute: 1440, days: 127, factor }];
  return { version, validFrom, feedInFactor: 0, bands };
}

test('without a tariff each mWh counts as one, and none is earned', t => {
  const ledger = new IndependentLedger();
  ledger.credit(10);
  ledger.see(4, 100, MONDAY);
  ledger.see(12, 100, MONDAY + HOUR);
  t.deepEqual(ledger.account, { debited: 12n, feedIn: 0n, balance: -2n });
});

test('energy weighs what the band of its minute and day says, once the tariff holds', t => {
  const ledger = told(TARIFF);
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
      const ledger = told({ ...TARIFF, validFrom: 0 });
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

test('a tariff counts from when the meter is told of it, not before, and an older one changes nothing', t => {
  const ledger = new IndependentLedger();
  ledger.see(100, 0, MONDAY);
  ledger.tell(flat(2, 0, 3000), MONDAY);
  t.is(ledger.account.debited, 100n);
  ledger.see(200, 0, MONDAY);
  t.is(ledger.account.debited, 400n);
  for (const version of [1, 2]) ledger.tell(flat(version, 0, 9000), MONDAY);
  ledger.see(300, 0, MONDAY + 1);
  t.is(ledger.account.debited, 700n);
});

test('a tariff that waits is replaced by a newer one, unless it has begun by then', t => {
  const ledger = told(flat(1, MONDAY + 10, 2000));
  ledger.tell(flat(2, MONDAY + 20, 3000), MONDAY + 9);
  ledger.see(100, 0, MONDAY + 15);
  t.is(ledger.account.debited, 100n, 'the first never held');
  ledger.tell(flat(3, MONDAY + 30, 4000), MONDAY + 25);
  ledger.see(200, 0, MONDAY + 29);
  t.is(ledger.account.debited, 400n, 'the second had begun');
  ledger.see(300, 0, MONDAY + 30);
  t.is(ledger.account.debited, 800n);
});

/** What the operator does, and how long nothing else happens then. */
interface Change {
  readonly isOnline: boolean;
  /** Simulated s */
  readonly wait: number;
  /** s, from the moment of the announcement */
  readonly validIn: number;
  /** Versions that are left out, or repeated, or gone back */
  readonly step: number;
  readonly feedInFactor: number;
  readonly factor: number;
  /** Minutes of the day, beginning at six o'clock when the simulation does */
  readonly band: readonly [number, number];
}

const change: fc.Arbitrary<Change> = fc.record({
  isOnline: fc.boolean(),
  wait: fc.integer({ min: 1, max: 300 }),
  validIn: fc.integer({ min: -100, max: 300 }),
  step: fc.integer({ min: -1, max: 3 }),
  feedInFactor: fc.integer({ min: 0, max: 3000 }),
  factor: fc.integer({ min: 0, max: 5000 }),
  band: fc.constantFrom([0, 1440], [360, 362], [361, 363], [0, 365], [370, 1440]),
});

test('whatever tariffs are announced, and whenever they reach the meter, it and the world agree to the mWh', async t => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(change, { minLength: 2, maxLength: 8 }), async (seed, changes) => {
      const world = { fidelity: 'phasor', feedsGrid: true, topUps: false, start: 6 * HOUR } as const;
      const simulation = await Simulation.open({ seed, meters: 1, chain: 'none', ...world });
      const meter = simulation.meters[0] as SimulatedMeter;
      meter.home.house.setTestLoad(3000);
      await simulation.runUntil(simulation.time + 30);
      let version = 2;
      for (const { isOnline, wait, validIn, step, feedInFactor, factor, band } of changes) {
        meter.network.online = isOnline;
        version = Math.max(1, version + step);
        const [fromMinute, toMinute] = band as [number, number];
        const validFrom = Math.floor(simulation.time) + validIn;
        const bands = [{ fromMinute, toMinute, days: 127, factor }];
        simulation.announce(meter, { version, validFrom, feedInFactor, bands });
        await simulation.runUntil(simulation.time + wait);
      }
      const { registers } = meter.meter ?? t.fail('no meter');
      await simulation.close();
      const { imported, debited, feedIn } = registers ?? t.fail('no registers');
      const { account } = meter.independent;
      t.deepEqual([account.debited, account.feedIn], [BigInt(debited), BigInt(feedIn)]);
      t.true(imported > 10_000);
    }),
    { numRuns: 12 },
  );
});
