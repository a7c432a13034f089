import { type BandSetting, MOST_BANDS, type TariffSetting } from './tariff-setting';

/** Thousandths: energy counts as what it is. */
export const PLAIN_FACTOR = 1000;

const MINUTES_OF_DAY = 1440;
const MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY;
/** The Unix epoch began a Thursday, three days after a Monday. */
const EPOCH_MINUTE = 3 * MINUTES_OF_DAY;
/** By which `utcOffset` is ahead of the offset that it says */
const NO_OFFSET = 720;
const EVERY_DAY = 127;

/**
 * Minutes of local time since a Monday began, 0 to 10,079.
 * @param utcOffset as of the policy: minutes that local time is ahead of UTC, plus 720
 * @param time Unix seconds
 */
export function minuteOfWeek(utcOffset: number, time: number): number {
  return (Math.floor(time / 60) + utcOffset - NO_OFFSET + EPOCH_MINUTE) % MINUTES_OF_WEEK;
}

/** What energy weighs in that minute, in thousandths. @param minute of the local week */
export function factorOf(tariff: TariffSetting, minute: number): number {
  const { bands } = tariff;
  const ofDay = minute % MINUTES_OF_DAY;
  const day = 1 << ((minute - ofDay) / MINUTES_OF_DAY);
  for (let k = 0; k < bands.length; k++) {
    const band = bands[k] as BandSetting;
    if ((band.days & day) !== 0 && band.fromMinute <= ofDay && ofDay < band.toMinute) return band.factor;
  }
  return PLAIN_FACTOR;
}

/** The one that holds at that time, in Unix seconds. @param tariffs in the order in which they hold */
export function tariffAt(tariffs: readonly TariffSetting[], time: number): TariffSetting | undefined {
  let holds: TariffSetting | undefined;
  for (const tariff of tariffs) if (tariff.validFrom <= time) holds = tariff;
  return holds;
}

/** A tariff as it is kept once it holds: from ever on, so that a clock that goes back does not take it away. */
export function begun(tariff: TariffSetting): TariffSetting {
  return { ...tariff, validFrom: 0 };
}

/**
 * The tariffs once there is a newer one: it alone if it holds already, else beside the one that holds until then.
 * @param now Unix seconds; while they are unknown, what holds later than ever is taken to be to come
 */
export function withTariff(
  tariffs: readonly TariffSetting[],
  newer: TariffSetting,
  now: number | undefined,
): readonly TariffSetting[] {
  if (newer.validFrom <= (now ?? 0)) return [begun(newer)];
  const present = now === undefined ? tariffs[0] : tariffAt(tariffs, now);
  if (present === undefined) return [newer];
  return [now === undefined ? present : begun(present), newer];
}

/** The most that energy can weigh at any time, in thousandths: hours that no band holds are taken to exist. */
export function dearestFactor(tariffs: readonly TariffSetting[]): number {
  let dearest = PLAIN_FACTOR;
  for (const { bands } of tariffs) for (const { factor } of bands) dearest = Math.max(dearest, factor);
  return dearest;
}

/** Whether a meter can obey it: there are not too many bands, and each holds at some time. */
export function isPossibleTariff({ bands }: Pick<TariffSetting, 'bands'>): boolean {
  return bands.length <= MOST_BANDS && bands.every(isPossibleBand);
}

function isPossibleBand({ fromMinute, toMinute, days }: BandSetting): boolean {
  return fromMinute < toMinute && toMinute <= MINUTES_OF_DAY && days >= 1 && days <= EVERY_DAY;
}
