import type { MilliwattHours } from '../energy';
import { type ConsumptionProfile, HOURS_A_WEEK } from '../metrology/consumption-profile';

const MINUTES_AN_HOUR = 60;
const HOURS_A_DAY = 24;
const DAYS_A_WEEK = 7;
/** 30 days: beyond that nothing is told. */
export const MOST_HOURS = 720;
/** Four of five days differ from the profile by less than so many times what they do on average: found by trial. */
const WIDTH = 1.8;
/** How many days' mean is as exact as the profile, an average of the last few weeks; found by trial */
const DAYS_AVERAGED = 21;
/** So much wider when it is unknown which hour it is. */
const UNKNOWN_HOUR = 2;

/** How long the balance lasts if people go on as they did. */
export interface Forecast {
  /** h of supply left, to 0.1; 0 when the balance is used up, `MOST_HOURS` for so many or more */
  readonly hoursLeft: number;
  /** h: likely not before, likewise */
  readonly early: number;
  /** h: likely not after, likewise */
  readonly late: number;
  /** mWh that the next 24 h take */
  readonly dayUse: MilliwattHours;
  /** mWh by which that is likely to be off, at most */
  readonly dayUseError: MilliwattHours;
}

/**
 * Undefined until a day's worth of hours is known. What comes lies within the bounds four times of five. Each day
 * differs from the profile by itself, so that the variance grows with their number; and the profile's own error, the
 * same for all of them, with its square.
 * @param balance mWh; below zero is debt
 * @param minute of the local week, 0 to 10079; undefined while the time is unknown: all hours are the same then
 */
export function forecast(
  profile: ConsumptionProfile,
  balance: number,
  minute: number | undefined,
): Forecast | undefined {
  if (!profile.isUsable) return undefined;
  const { weekUse } = profile;
  const energy = Math.max(0, balance);
  const error = profile.dayError * WIDTH * (minute === undefined ? UNKNOWN_HOUR : 1);
  const days = weekUse === 0 ? 0 : (DAYS_A_WEEK * energy) / weekUse;
  const spread = error * Math.sqrt(days + (days * days) / DAYS_AVERAGED);
  return {
    hoursLeft: hoursOf(profile, energy, minute),
    early: hoursOf(profile, energy - spread, minute),
    late: hoursOf(profile, energy + spread, minute),
    dayUse: dayUseOf(profile, minute) as MilliwattHours,
    dayUseError: Math.round(error) as MilliwattHours,
  };
}

/** Rounded down to 0.1 h. */
function hoursOf(profile: ConsumptionProfile, energy: number, minute: number | undefined): number {
  if (energy <= 0) return 0;
  const weeks = energy / profile.weekUse;
  if (weeks * HOURS_A_WEEK >= MOST_HOURS) return MOST_HOURS;
  const whole = Math.floor(weeks);
  const hours =
    minute === undefined
      ? weeks * HOURS_A_WEEK
      : whole * HOURS_A_WEEK + hoursOfWeek(profile, energy - whole * profile.weekUse, minute);
  return Math.floor(Math.min(MOST_HOURS, hours) * 10) / 10;
}

/** @param energy mWh, less than a week takes */
function hoursOfWeek(profile: ConsumptionProfile, energy: number, minute: number): number {
  let hour = Math.floor(minute / MINUTES_AN_HOUR);
  /** Of the hour that is left */
  let part = 1 - (minute % MINUTES_AN_HOUR) / MINUTES_AN_HOUR;
  let rest = energy;
  let hours = 0;
  while (hours < HOURS_A_WEEK) {
    const use = profile.at(hour) * part;
    if (rest < use) return hours + (part * rest) / use;
    rest -= use;
    hours += part;
    part = 1;
    hour = (hour + 1) % HOURS_A_WEEK;
  }
  return HOURS_A_WEEK;
}

function dayUseOf(profile: ConsumptionProfile, minute: number | undefined): number {
  if (minute === undefined) return Math.round(profile.weekUse / DAYS_A_WEEK);
  const first = Math.floor(minute / MINUTES_AN_HOUR);
  let energy = 0;
  for (let hour = first; hour < first + HOURS_A_DAY; hour++) energy += profile.at(hour % HOURS_A_WEEK);
  // The end of the next day's first hour is not in it, but in the 24 h.
  const gone = (minute % MINUTES_AN_HOUR) / MINUTES_AN_HOUR;
  const change = profile.at((first + HOURS_A_DAY) % HOURS_A_WEEK) - profile.at(first);
  return Math.round(energy + gone * change);
}
