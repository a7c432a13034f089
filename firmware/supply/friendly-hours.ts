import type { PolicySetting } from '../ledger/policy';
import { minuteOfWeek } from '../ledger/tariff';

const MINUTES_OF_DAY = 1440;

/** Whether nobody is disconnected for want of credit at that time. @param time Unix seconds */
export function isFriendly(policy: PolicySetting, time: number): boolean {
  const { friendlyFrom, friendlyTo, friendlyDays, utcOffset } = policy;
  const minute = minuteOfWeek(utcOffset, time);
  const ofDay = minute % MINUTES_OF_DAY;
  if (((friendlyDays >> ((minute - ofDay) / MINUTES_OF_DAY)) & 1) === 1) return true;
  const isFrom = ofDay >= friendlyFrom;
  const isTo = ofDay < friendlyTo;
  // The hours may reach over midnight.
  return friendlyFrom <= friendlyTo ? isFrom && isTo : isFrom || isTo;
}
