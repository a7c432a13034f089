import test from 'ava';
import fc from 'fast-check';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY, type PolicySetting } from '../../../firmware/ledger/policy';
import { factorOf, minuteOfWeek, tariffAt } from '../../../firmware/ledger/tariff';
import { TariffClock } from '../../../firmware/ledger/tariff-clock';
import type { TariffSetting } from '../../../firmware/ledger/tariff-setting';
import { VirtualClock } from '../../../hosts/mock/clock';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';

/** A Monday at midnight, UTC. */
const MONDAY = Date.UTC(2026, 5, 1) / 1000;
const NOON = { fromMinute: 720, toMinute: 721, days: 127 };

function setting(change: Partial<TariffSetting> = {}): TariffSetting {
  return { version: 1, validFrom: 0, feedInFactor: 0, bands: [], ...change };
}

/** A tariff clock as a meter with these tariffs has it, which counts how often it asks for the time. */
function open(tariffs: readonly TariffSetting[], time: number | undefined) {
  const region = new EmulatedFlash({ size: 8192, sectorSize: 2048, prng: new Prng('tariff') });
  const boot = () => {
    const opened = Ledger.open(region);
    if (!opened.ok) throw new Error(opened.fault);
    return opened.value;
  };
  const ledger = boot();
  ledger.setTariffs(tariffs);
  const clock = new VirtualClock(time);
  const asked = { times: 0 };
  const now = () => {
    asked.times++;
    return clock.now();
  };
  const monotonic = () => clock.monotonic();
  const tariff = new TariffClock({ monotonic, now, after: (...timer) => clock.after(...timer) });
  const obey = (policy: Partial<PolicySetting>) =>
    ledger.update({ policy: { ...INITIAL_POLICY, version: 1, ...policy } });
  /** Goes on by some ms and says what energy weighs then. */
  const after = (milliseconds: number) => {
    clock.advance(milliseconds);
    tariff.update(ledger);
    return [tariff.factor, tariff.feedInFactor];
  };
  return { ledger, clock, tariff, asked, obey, after, boot };
}

test('a band begins and ends with the very window that the clock puts into it', t => {
  const { after } = open([setting({ bands: [{ ...NOON, factor: 3000 }] })], MONDAY + 43_200 - 30.05);
  const factors = Array.from({ length: 500 }, () => after(200)[0]);
  t.is(factors.indexOf(3000), 150, 'the window that ends 0.15 s after noon');
  t.is(factors.lastIndexOf(3000), 449);
  t.is(factors.filter(factor => factor === 3000).length, 300);
});

test('windows of any length weigh what the time at their end says, through bands, an offset, and a change of tariff', t => {
  const bands = [
    { fromMinute: 0, toMinute: 3, days: 1, factor: 500 },
    { fromMinute: 1437, toMinute: 1440, days: 64, factor: 2000 },
    { fromMinute: 2, toMinute: 5, days: 127, factor: 0 },
  ];
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 200, maxLength: 300 }),
      fc.integer({ min: -300, max: 300 }),
      fc.integer({ min: 0, max: 1560 }),
      (steps, begin, utcOffset) => {
        const tariffs = [
          setting({ bands, feedInFactor: 7 }),
          setting({ version: 2, validFrom: MONDAY, bands: bands.slice(1) }),
        ];
        // so that local Monday is near
        const start = MONDAY + begin - (utcOffset - 720) * 60;
        const { obey, after, clock } = open(tariffs, start);
        obey({ utcOffset });
        for (const step of steps) {
          const [factor, feedInFactor] = after(step);
          const now = clock.now() as number;
          const holds = tariffAt(tariffs, now) as TariffSetting;
          t.is(factor, factorOf(holds, minuteOfWeek(utcOffset, now)));
          t.is(feedInFactor, holds.feedInFactor);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('a tariff holds from its very second on, and then alone, whatever a restart knows of the time', t => {
  const later = setting({ version: 2, validFrom: MONDAY + 30, feedInFactor: 900 });
  const { after, ledger, boot } = open([setting({ feedInFactor: 500 }), later], MONDAY);
  const earned = Array.from({ length: 300 }, () => after(200)[1]);
  t.deepEqual([earned.indexOf(900), earned.lastIndexOf(500)], [149, 148]);
  const begun = { ...later, validFrom: 0 };
  t.deepEqual(ledger.tariffs, [begun], 'from ever on, should the clock go back');
  t.deepEqual(boot().tariffs, [begun]);
});

test('the wall clock is asked once a second, and at each window in the last one of a minute', t => {
  const { after, asked } = open([setting({ bands: [{ ...NOON, factor: 3000 }] })], MONDAY);
  for (let window = 0; window < 300; window++) after(200);
  t.true(asked.times <= 60 + 5, `${asked.times} times in a minute`);
});

test('a clock that is set, a policy and a tariff take effect with the next window, or a second later', t => {
  const bands = [{ ...NOON, factor: 3000 }];
  const { after, obey, ledger, clock } = open([setting({ bands })], MONDAY);
  t.deepEqual(after(200), [1000, 0]);
  clock.setUnixTime(MONDAY + 43_210);
  t.deepEqual(after(1000), [3000, 0]);
  obey({ utcOffset: 720 + 60 });
  t.deepEqual(after(200), [1000, 0]);
  clock.setUnixTime(MONDAY + 43_210 - 3600);
  t.deepEqual(after(1000), [3000, 0]);
  ledger.setTariffs([setting({ version: 2, feedInFactor: 1 })]);
  t.deepEqual(after(200), [1000, 1]);
});

test('while the time is unknown energy weighs as the policy says, and what it earns is of the present tariff', t => {
  const tariffs = [
    setting({ bands: [{ ...NOON, factor: 3000 }], feedInFactor: 5 }),
    setting({ version: 2, validFrom: MONDAY, bands: [{ ...NOON, factor: 4000 }], feedInFactor: 6 }),
  ];
  const { after, obey, clock, tariff } = open(tariffs, undefined);
  obey({ unknownTime: 1 });
  t.deepEqual(after(200), [4000, 5]);
  obey({ unknownTime: 0 });
  t.deepEqual(after(200), [1000, 5]);
  t.true(tariff.takeUncertainty());
  t.false(tariff.takeUncertainty(), 'nothing was weighed since');
  after(200);
  t.true(tariff.takeUncertainty(), 'it was again');
  clock.setUnixTime(MONDAY + 43_200);
  t.deepEqual(after(1000), [4000, 6]);
  t.false(tariff.takeUncertainty());
});

test('an unknown time makes no tariff uncertain that is the same at all times', t => {
  const certain = (tariffs: readonly TariffSetting[]) => {
    const { after, tariff } = open(tariffs, undefined);
    after(200);
    return !tariff.takeUncertainty();
  };
  t.true(certain([setting({ feedInFactor: 500 })]));
  t.false(certain([setting({ validFrom: 1 })]));
  t.false(certain([setting({ bands: [{ ...NOON, factor: 1001 }] })]));
  t.false(certain([setting(), setting({ version: 2, validFrom: 1 })]));
});
