import test from 'ava';
import fc from 'fast-check';
import { type MilliwattHours, milliwattHours, wattHours } from '../../../firmware/energy';
import { ConsumptionProfile, HOURS_A_WEEK } from '../../../firmware/metrology/consumption-profile';

const LENGTH = 175;
const NEW = new Uint8Array();

function learned(weeks: number, energyAt: (hour: number, week: number) => number): ConsumptionProfile {
  const profile = new ConsumptionProfile(NEW);
  for (let week = 0; week < weeks; week++)
    for (let hour = 0; hour < HOURS_A_WEEK; hour++) profile.learn(hour, wattHours(energyAt(hour, week)));
  return profile;
}

const near = (value: number, expected: number, ratio: number) => Math.abs(value / expected - 1) <= ratio;

test('each hour of the first week is taken as it comes, to half a step of 4.4 %', t => {
  const energyAt = (hour: number) => 1 + hour ** 2;
  const profile = learned(1, energyAt);
  for (let hour = 0; hour < HOURS_A_WEEK; hour++)
    t.true(near(profile.at(hour), 1000 * energyAt(hour), 0.023), `hour ${hour}: ${profile.at(hour)}`);
  let week = 0;
  for (let hour = 0; hour < HOURS_A_WEEK; hour++) week += profile.at(hour);
  t.is(profile.weekUse, week);
});

test('an hour that took nothing, or gave, counts as nothing, and the largest is 58 kWh', t => {
  const profile = new ConsumptionProfile(NEW);
  profile.learn(0, wattHours(0));
  profile.learn(1, wattHours(-5000));
  profile.learn(2, wattHours(0.4));
  profile.learn(3, wattHours(1_000_000));
  t.deepEqual(
    [0, 1, 2].map(hour => profile.at(hour)),
    [0, 0, 0],
  );
  t.true(near(profile.at(3), 57.6e6, 0.01), `${profile.at(3)}`);
});

test('a quarter of what is new goes into the average', t => {
  const profile = learned(2, (_hour, week) => (week === 0 ? 1000 : 2000));
  t.true(near(profile.at(100), 1_250_000, 0.03), `${profile.at(100)}`);
});

test('a change that is smaller than a step is followed all the same', t => {
  const profile = learned(4, (_hour, week) => (week === 0 ? 1000 : 1060));
  t.true(near(profile.at(7), 1_060_000, 0.023), `${profile.at(7)}`);
  const less = learned(4, (_hour, week) => (week === 0 ? 1000 : 940));
  t.true(near(less.at(7), 940_000, 0.023), `${less.at(7)}`);
});

test('an hour that was never seen is as the same hour on other days, or else as all', t => {
  const profile = new ConsumptionProfile(NEW);
  profile.learn(5, wattHours(1000));
  profile.learn(24 + 5, wattHours(2000));
  profile.learn(6, wattHours(6000));
  t.true(near(profile.at(48 + 5), 1_500_000, 0.03), `${profile.at(48 + 5)}`);
  t.true(near(profile.at(48 + 6), 6_000_000, 0.03), `${profile.at(48 + 6)}`);
  t.true(near(profile.at(7), 3_000_000, 0.03), `${profile.at(7)}`);
});

test('it is usable once it has seen 24 different hours', t => {
  const profile = new ConsumptionProfile(NEW);
  for (let k = 0; k < 48; k++) {
    t.is(profile.isUsable, k >= 24, `${k}`);
    profile.learn(k % 23, wattHours(100));
    if (k >= 23) profile.learn(k, wattHours(100));
  }
});

test('the error of a day begins at half of its use, falls while the days are as foreseen, and rises when not', t => {
  const day = learned(1, hour => (hour < 24 ? 100 : 0));
  const flat = learned(1, () => 100);
  t.true(near(flat.dayError, 1_200_000 * (7 / 8) ** 6, 0.1), `${flat.dayError}`);
  t.true(day.dayError > flat.dayError);
  const steady = learned(20, () => 128);
  t.true(steady.dayError < 20_000, `${steady.dayError}`);
  const before = steady.dayError;
  for (let hour = 0; hour < 24; hour++) steady.learn(hour, wattHours(256));
  t.true(near(steady.dayError - before, (24 * 128_000) / 8, 0.1), `${steady.dayError}`);
});

test('an hour that comes later on the same day is no error', t => {
  const profile = learned(20, hour => (hour % 24 === 18 ? 2000 : 100));
  const before = profile.dayError;
  for (let hour = 0; hour < 24; hour++) profile.learn(hour, wattHours(hour === 19 ? 2000 : 100));
  t.true(profile.dayError <= before, `${profile.dayError}`);
});

const energies = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map(milliwattHours), {
  minLength: 1,
  maxLength: 400,
});

test('what was kept goes on as if nothing had happened, whenever it was', t => {
  fc.assert(
    fc.property(energies, fc.nat(400), (all, restart) => {
      const straight = new ConsumptionProfile(NEW);
      let other = new ConsumptionProfile(NEW);
      all.forEach((energy, k) => {
        if (k === restart) other = new ConsumptionProfile(other.bytes.slice());
        straight.learn(k % HOURS_A_WEEK, energy);
        other.learn(k % HOURS_A_WEEK, energy);
      });
      t.deepEqual(other.bytes, straight.bytes);
      t.is(other.weekUse, straight.weekUse);
    }),
    { numRuns: 30 },
  );
  t.is(new ConsumptionProfile(NEW).bytes.length, LENGTH);
});

test('what it keeps is its own: neither does it change what it was given', t => {
  const kept = learned(1, () => 100).bytes.slice();
  const copy = kept.slice();
  new ConsumptionProfile(kept).learn(0, wattHours(5000));
  t.deepEqual(kept, copy);
});

test('another format, or another length, is a new beginning', t => {
  const kept = learned(2, () => 100).bytes;
  const fresh = new ConsumptionProfile(NEW).bytes;
  for (const bytes of [kept.slice(1), Uint8Array.of(2, ...kept.slice(1)), Uint8Array.of(...kept, 0)])
    t.deepEqual(new ConsumptionProfile(bytes).bytes, fresh);
});

test('no bytes make it throw, nor anything but whole energies of nothing and more', t => {
  const rotten = fc.oneof(
    fc.uint8Array({ maxLength: 256 }),
    fc.uint8Array({ minLength: LENGTH - 1, maxLength: LENGTH - 1 }).map(rest => Uint8Array.of(1, ...rest)),
  );
  fc.assert(
    fc.property(rotten, energies, (bytes, all) => {
      const profile = new ConsumptionProfile(bytes);
      all.slice(0, 50).forEach((energy: MilliwattHours, k) => {
        profile.learn((7 * k) % HOURS_A_WEEK, energy);
      });
      const told = [profile.weekUse, profile.dayError];
      for (let hour = 0; hour < HOURS_A_WEEK; hour++) told.push(profile.at(hour));
      t.true(told.every(value => Number.isSafeInteger(value) && value >= 0));
    }),
    { numRuns: 100 },
  );
});
