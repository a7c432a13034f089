import test from 'ava';
import fc from 'fast-check';
import {
  dearestFactor,
  factorOf,
  isPossibleTariff,
  minuteOfWeek,
  tariffAt,
  withTariff,
} from '../../../firmware/ledger/tariff';
import type { BandSetting, TariffSetting } from '../../../firmware/ledger/tariff-setting';

/** A Monday at midnight, UTC. */
const MONDAY = Date.UTC(2026, 5, 1) / 1000;
const NO_OFFSET = 720;

const anyBand: fc.Arbitrary<BandSetting> = fc
  .tuple(fc.nat(1439), fc.integer({ min: 1, max: 1440 }), fc.integer({ min: 1, max: 127 }), fc.nat(65_535))
  .filter(([from, to]) => from < to)
  .map(([fromMinute, toMinute, days, factor]) => ({ fromMinute, toMinute, days, factor }));

function tariff(change: Partial<TariffSetting> = {}): TariffSetting {
  return { version: 1, validFrom: 0, feedInFactor: 0, bands: [], ...change };
}

/** What each minute of a week weighs: painted band by band, the first one last. */
function painted(bands: readonly BandSetting[]): number[] {
  const week = new Array<number>(7 * 1440).fill(1000);
  for (const { fromMinute, toMinute, days, factor } of bands.toReversed())
    for (let day = 0; day < 7; day++)
      if (Math.floor(days / 2 ** day) % 2 === 1)
        week.fill(factor, day * 1440 + fromMinute, day * 1440 + toMinute);
  return week;
}

test('every minute of the week weighs what a table painted band by band says', t => {
  fc.assert(
    fc.property(fc.array(anyBand, { maxLength: 16 }), bands => {
      const week = painted(bands);
      const read = week.map((_, minute) => factorOf(tariff({ bands }), minute));
      t.deepEqual(read, week);
    }),
    { numRuns: 20 },
  );
});

test('the minute of the local week is that of a calendar, with offsets of both signs and over the end of a week', t => {
  fc.assert(
    fc.property(fc.nat(2 ** 32), fc.integer({ min: -720, max: 840 }), (time, offset) => {
      const local = new Date((time + offset * 60) * 1000);
      const day = (local.getUTCDay() + 6) % 7;
      const expected = (day * 24 + local.getUTCHours()) * 60 + local.getUTCMinutes();
      t.is(minuteOfWeek(offset + NO_OFFSET, time), expected);
    }),
  );
  t.is(minuteOfWeek(NO_OFFSET, MONDAY - 1), 7 * 1440 - 1);
  t.is(minuteOfWeek(NO_OFFSET, MONDAY), 0);
  t.is(minuteOfWeek(NO_OFFSET + 60, MONDAY - 3600), 0);
  t.is(minuteOfWeek(NO_OFFSET - 60, MONDAY), 7 * 1440 - 60);
  t.is(minuteOfWeek(0, 0), 2 * 1440 + 720, 'half a day before the epoch it was Wednesday noon');
});

test('the dearest factor is that of any band of any tariff, and never below what is outside of all', t => {
  const band = { fromMinute: 0, toMinute: 1, days: 1 };
  const cheap = tariff({ bands: [{ ...band, factor: 400 }] });
  const dear = tariff({
    bands: [
      { ...band, factor: 1200 },
      { ...band, factor: 3000 },
    ],
  });
  t.is(dearestFactor([]), 1000);
  t.is(dearestFactor([cheap]), 1000);
  t.is(dearestFactor([cheap, dear]), 3000);
});

test('of the tariffs that are known the last that has begun holds', t => {
  const present = tariff({ validFrom: 100 });
  const later = tariff({ version: 2, validFrom: 200 });
  t.is(tariffAt([present, later], 99), undefined);
  t.is(tariffAt([present, later], 199), present);
  t.is(tariffAt([present, later], 200), later);
});

test('a newer tariff replaces those that hold once it does, and else only what was to come', t => {
  const present = tariff();
  const later = tariff({ version: 2, validFrom: 200 });
  const newer = tariff({ version: 3, validFrom: 300 });
  t.deepEqual(withTariff([present, later], newer, 300), [{ ...newer, validFrom: 0 }], 'from ever on');
  t.deepEqual(withTariff([present, later], newer, 150), [present, newer]);
  t.deepEqual(withTariff([present, later], newer, 250), [{ ...later, validFrom: 0 }, newer]);
  t.deepEqual(withTariff([later], newer, 150), [newer]);
  t.deepEqual(withTariff([], newer, 150), [newer]);
  t.deepEqual(withTariff([present], newer, undefined), [present, newer], 'who knows what time it is?');
  t.deepEqual(withTariff([present], tariff({ version: 3 }), undefined), [tariff({ version: 3 })]);
});

test('a band that never holds, or lies outside of the day or week, and a seventeenth are impossible', t => {
  const band = { fromMinute: 0, toMinute: 1440, days: 127, factor: 65_535 };
  t.true(isPossibleTariff(tariff()));
  t.true(isPossibleTariff(tariff({ bands: new Array(16).fill(band) })));
  const wrong: Partial<BandSetting>[] = [
    { fromMinute: 1440 },
    { toMinute: 0 },
    { fromMinute: 7, toMinute: 7 },
    { toMinute: 1441 },
    { days: 0 },
    { days: 128 },
  ];
  for (const change of wrong) t.false(isPossibleTariff(tariff({ bands: [{ ...band, ...change }] })));
  t.false(isPossibleTariff(tariff({ bands: new Array(17).fill(band) })));
});
