import test from 'ava';
import fc from 'fast-check';
import { kilowattHours, milliwattHours, wattHours } from '../../../firmware/energy';
import { ConsumptionProfile, HOURS_A_WEEK } from '../../../firmware/metrology/consumption-profile';
import { type Forecast, forecast, MOST_HOURS } from '../../../firmware/supply/forecast';

const WEDNESDAY_NOON = (2 * 24 + 12) * 60;
const MINUTES_A_WEEK = HOURS_A_WEEK * 60;

function profileOf(weeks: number, wattHoursAt: (hour: number) => number): ConsumptionProfile {
  const profile = new ConsumptionProfile(new Uint8Array());
  for (let hour = 0; hour < weeks * HOURS_A_WEEK; hour++)
    profile.learn(hour % HOURS_A_WEEK, wattHours(wattHoursAt(hour % HOURS_A_WEEK)));
  return profile;
}

/** 2^(n/16) Wh is exact. */
const FLAT = profileOf(4, () => 128);
/** 1024 Wh in the hours from 18 to 22, nothing else; the weekend twice that */
const EVENINGS = profileOf(4, hour => (hour % 24 >= 18 && hour % 24 < 22 ? (hour < 120 ? 1024 : 2048) : 0));

/** @param minute of the week; null: unknown */
function told(
  profile: ConsumptionProfile,
  balance: number,
  minute: number | null = WEDNESDAY_NOON,
): Forecast {
  const made = forecast(profile, balance, minute ?? undefined);
  if (made === undefined) throw new Error('expected a forecast');
  return made;
}

test('there is none before a day was learned', t => {
  const profile = new ConsumptionProfile(new Uint8Array());
  for (let hour = 0; hour < 24; hour++) {
    t.is(forecast(profile, 1e6, 0), undefined);
    profile.learn(hour, wattHours(100));
  }
  t.not(forecast(profile, 1e6, 0), undefined);
});

test('a balance lasts as long as the hours to come leave something of it', t => {
  t.is(told(FLAT, wattHours(128 * 50)).hoursLeft, 50);
  t.is(told(FLAT, wattHours(128 * 400)).hoursLeft, 400);
  // till 18:00, and an hour and a half of it
  t.is(told(EVENINGS, wattHours(1536)).hoursLeft, 7.5);
  // nothing of the night: it ends in the first hour of the next evening
  t.is(told(EVENINGS, wattHours(4 * 1024 + 512)).hoursLeft, 30.5);
  // Wednesday to Friday, and half of a double hour on Saturday
  t.is(told(EVENINGS, wattHours(12 * 1024 + 1024)).hoursLeft, 3 * 24 + 6.5);
});

test('of the hour that has begun only what is left counts', t => {
  t.is(told(EVENINGS, wattHours(1536), WEDNESDAY_NOON + 7 * 60 - 15).hoursLeft, 1.5);
  t.is(told(EVENINGS, wattHours(128), WEDNESDAY_NOON + 7 * 60 - 15).hoursLeft, 0.1);
});

test('the week goes round', t => {
  t.is(told(EVENINGS, wattHours(512), (6 * 24 + 23) * 60).hoursLeft, 19.5);
});

test('a balance that is used up lasts 0 h, and one of months 30 days', t => {
  for (const balance of [0, -1, -5e9]) {
    const { hoursLeft, early, late } = told(FLAT, balance);
    t.deepEqual([hoursLeft, early, late], [0, 0, 0]);
  }
  const { hoursLeft, early, late } = told(FLAT, kilowattHours(5000));
  t.deepEqual([hoursLeft, early, late], [MOST_HOURS, MOST_HOURS, MOST_HOURS]);
  t.is(
    told(
      profileOf(1, () => 0),
      1,
    ).hoursLeft,
    MOST_HOURS,
  );
});

test('the use of the next 24 h is told, whatever the minute, and its error', t => {
  t.is(told(EVENINGS, 0).dayUse, wattHours(4096));
  t.is(told(EVENINGS, 0, (4 * 24 + 20) * 60 + 30).dayUse, wattHours(1.5 * 1024 + 2.5 * 2048));
  t.is(told(EVENINGS, 0, null).dayUse, milliwattHours(Math.round(EVENINGS.weekUse / 7)));
  t.is(told(EVENINGS, 0).dayUseError, milliwattHours(Math.round(1.8 * EVENINGS.dayError)));
});

test('while the time is unknown all hours are the same, and the error is twice as large', t => {
  const known = told(EVENINGS, wattHours(8000));
  const unknown = told(EVENINGS, wattHours(8000), null);
  t.is(unknown.hoursLeft, Math.floor((10 * 168 * 8e6) / EVENINGS.weekUse) / 10);
  t.true(Math.abs(unknown.dayUseError - 2 * known.dayUseError) <= 1);
  const [narrow, wide] = [told(FLAT, wattHours(8000)), told(FLAT, wattHours(8000), null)];
  t.is(wide.hoursLeft, narrow.hoursLeft);
  t.true(wide.late - wide.early > 1.9 * (narrow.late - narrow.early));
});

const anyProfile = fc
  .uint8Array({ minLength: 174, maxLength: 174 })
  .map(rest => new ConsumptionProfile(Uint8Array.of(1, ...rest)));
const anyMinute = fc.option(fc.nat(MINUTES_A_WEEK - 1), { nil: undefined });
const anyBalance = fc.oneof(
  fc.integer({ min: -1e6, max: 2 ** 36 }),
  fc.integer({ min: 0, max: 2 ** 48 - 1 }),
);

test('more balance never lasts less, nor do its bounds', t => {
  fc.assert(
    fc.property(anyProfile, anyMinute, anyBalance, fc.nat(2 ** 30), (profile, minute, balance, more) => {
      const less = forecast(profile, balance, minute);
      const greater = forecast(profile, balance + more, minute);
      if (less === undefined || greater === undefined) return t.is(less, greater);
      t.true(greater.hoursLeft >= less.hoursLeft);
      t.true(greater.early >= less.early);
      t.true(greater.late >= less.late);
    }),
    { numRuns: 300 },
  );
});

test('whatever the profile holds, the bounds lie on either side, in whole tenths of 0 to 720 h', t => {
  const isTenths = (hours: number) =>
    hours >= 0 && hours <= MOST_HOURS && hours === Math.round(hours * 10) / 10;
  fc.assert(
    fc.property(anyProfile, anyMinute, anyBalance, (profile, minute, balance) => {
      const made = forecast(profile, balance, minute);
      if (made === undefined) return t.false(profile.isUsable);
      const { early, hoursLeft, late, dayUse, dayUseError } = made;
      t.true(early <= hoursLeft && hoursLeft <= late, `${early} ${hoursLeft} ${late}`);
      t.true([early, hoursLeft, late].every(isTenths));
      t.true([dayUse, dayUseError].every(energy => Number.isSafeInteger(energy) && energy >= 0));
      t.true(dayUse < 2 ** 31 && dayUseError < 2 ** 31);
    }),
    { numRuns: 300 },
  );
});
