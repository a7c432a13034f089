import test from 'ava';
import type { MilliwattHours } from '../../../firmware/energy';
import { ConsumptionProfile, HOURS_A_WEEK } from '../../../firmware/metrology/consumption-profile';
import { type Forecast, forecast } from '../../../firmware/supply/forecast';
import { House } from '../../../simulator/house/house';
import { DEFAULT_SITE } from '../../../simulator/house/solar';

const SEEDS = [1, 2, 3, 4, 5, 6];
const LEARNED = 21 * 24;
const WATCHED = 40 * 24;
/** Enough for the longest balance to be used up */
const LIVED = WATCHED + 21 * 24;
/** Hours from one starting point to the next: each hour of the day comes in turn */
const STEP = 5;

/** mWh that a household takes in each hour of its life; what its roof gives is not paid for. */
function livedHours(seed: number): number[] {
  const house = new House(seed, DEFAULT_SITE);
  const hours: number[] = [];
  let time = 0;
  while (hours.length < LIVED) {
    const end = 3600 * (hours.length + 1);
    let energy = 0;
    while (time < end) {
      const next = Math.min(end, house.nextChange);
      energy += (Math.max(0, house.activePower) * (next - time)) / 3.6;
      house.advance(next);
      time = next;
    }
    hours.push(Math.round(energy));
  }
  return hours;
}

/** h until that much is used up */
function hoursOf(lived: readonly number[], from: number, balance: number): number {
  let rest = balance;
  let hour = from;
  for (; rest >= (lived[hour] ?? 0); hour++) rest -= lived[hour] as number;
  return hour - from + rest / (lived[hour] as number);
}

interface Trial {
  readonly made: Forecast;
  /** h that it lasted indeed */
  readonly lasted: number;
  /** mWh that the next 24 h took indeed */
  readonly dayUse: number;
}

/** After three weeks of learning, from so many days' worth of balance on, at many moments of some weeks. */
function trials(days: number): Trial[] {
  return SEEDS.flatMap(seed => {
    const lived = LIVES.get(seed) as number[];
    const profile = new ConsumptionProfile(new Uint8Array());
    const made: Trial[] = [];
    for (let hour = 0; hour < WATCHED; hour++) {
      if (hour >= LEARNED && hour % STEP === 0) made.push(trial(lived, profile, hour, days));
      profile.learn(hour % HOURS_A_WEEK, lived[hour] as MilliwattHours);
    }
    return made;
  });
}

function trial(lived: readonly number[], profile: ConsumptionProfile, hour: number, days: number): Trial {
  const balance = Math.round((days * profile.weekUse) / 7);
  const made = forecast(profile, balance, (hour % HOURS_A_WEEK) * 60);
  if (made === undefined) throw new Error('expected a forecast');
  const dayUse = lived.slice(hour, hour + 24).reduce((sum, energy) => sum + energy, 0);
  return { made, lasted: hoursOf(lived, hour, balance), dayUse };
}

function share(all: readonly Trial[], holds: (trial: Trial) => boolean): number {
  return all.filter(holds).length / all.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

const LIVES = new Map(SEEDS.map(seed => [seed, livedHours(seed)]));
const isWithin = ({ made, lasted }: Trial) => made.early <= lasted && lasted < made.late + 0.1;

/** Days of balance, and what the median error may be: it is 15, 7, 7, 4, 2 and 2 % */
const ERRORS = [
  [0.1, 0.18],
  [0.3, 0.1],
  [1, 0.09],
  [3, 0.06],
  [7, 0.03],
  [14, 0.03],
] as const;
for (const [days, error] of ERRORS)
  test(`with a balance of ${days} days four of five forecasts' bounds hold, and their median error is below ${100 * error} %`, t => {
    const all = trials(days);
    const held = share(all, isWithin);
    const missed = median(all.map(({ made, lasted }) => Math.abs(made.hoursLeft / lasted - 1)));
    t.log(
      `${all.length} forecasts: ${(100 * held).toFixed(1)} % held, median error ${(100 * missed).toFixed(1)} %`,
    );
    t.true(held >= 0.8, `${held}`);
    t.true(missed <= error, `${missed}`);
  });

test('the bounds are no wider than they need be: of a balance of 3 days a fourth of it', t => {
  const widths = trials(3).map(({ made }) => (made.late - made.early) / made.hoursLeft);
  t.true(median(widths) < 0.25, `${median(widths)}`);
});

test("four of five days' use is within its error, and its median error is below 8 %", t => {
  const all = trials(1);
  const held = share(all, ({ made, dayUse }) => Math.abs(dayUse - made.dayUse) <= made.dayUseError);
  const missed = median(all.map(({ made, dayUse }) => Math.abs(made.dayUse / dayUse - 1)));
  t.log(
    `${all.length} forecasts: ${(100 * held).toFixed(1)} % held, median error ${(100 * missed).toFixed(1)} %`,
  );
  t.true(held >= 0.8, `${held}`);
  t.true(missed <= 0.08, `${missed}`);
});
