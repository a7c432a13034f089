import { InvalidArgumentError } from 'commander';
import type { BandSetting } from '../../firmware/ledger/tariff-setting';

const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const EVERY_DAY = 127;
const MIDNIGHT = 1440;
/** Thousandths, u16 */
const LARGEST_FACTOR = 65.535;

/**
 * The bands of a text like `mon-fri 17:00-22:00 1.5`: days (`daily`, or `sat,sun`, or `fri-mon`), local times from and
 * until, and by what energy is multiplied. One over midnight is two bands, the second of them of the days that follow.
 * @throws InvalidArgumentError that says what was expected
 */
export function bandOption(text: string): readonly BandSetting[] {
  const [dayText = '', spanText = '', factorText = '', ...rest] = text.trim().split(/\s+/);
  if (factorText === '' || rest.length > 0)
    throw new InvalidArgumentError('Expected days, times and a factor, like "mon-fri 17:00-22:00 1.5".');
  const days = daysOf(dayText);
  const factor = factorOption(factorText);
  const [fromMinute, end] = spanOf(spanText);
  if (fromMinute < end) return [{ fromMinute, toMinute: end, days, factor }];
  const evening = { fromMinute, toMinute: MIDNIGHT, days, factor };
  const morning = { fromMinute: 0, toMinute: end, days: followingDays(days), factor };
  return end === 0 ? [evening] : [evening, morning];
}

/** Thousandths of a decimal factor. @throws InvalidArgumentError when it is none */
export function factorOption(text: string): number {
  const factor = /^\d+(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(factor <= LARGEST_FACTOR))
    throw new InvalidArgumentError(`Expected a factor, 0 to ${LARGEST_FACTOR}, with at most three decimals.`);
  return Math.round(factor * 1000);
}

/** Bit 0 Monday to bit 6 Sunday. */
function daysOf(text: string): number {
  if (text === 'daily') return EVERY_DAY;
  return text.split(',').reduce((days, range) => days | rangeOf(range), 0);
}

function rangeOf(text: string): number {
  const [first = '', last = first, ...rest] = text.split('-');
  const from = DAY_NAMES.indexOf(first);
  const to = DAY_NAMES.indexOf(last);
  if (from < 0 || to < 0 || rest.length > 0)
    throw new InvalidArgumentError(
      `Expected daily, or days of ${DAY_NAMES.join(', ')} like mon-fri or sat,sun.`,
    );
  let days = 1 << to;
  for (let day = from; day !== to; day = (day + 1) % 7) days |= 1 << day;
  return days;
}

function spanOf(text: string): [fromMinute: number, end: number] {
  const [first = '', last = '', ...rest] = text.split('-');
  const [from, to] = [minuteOf(first), minuteOf(last)];
  if (from === to)
    throw new InvalidArgumentError('Expected two times of a day that differ; 00:00-24:00 is the whole day.');
  const isSpan = rest.length === 0 && from < MIDNIGHT && to <= MIDNIGHT;
  if (!isSpan)
    throw new InvalidArgumentError('Expected two times of a day, like 17:00-22:00 or 22:00-06:00.');
  return [from, to];
}

/** Of the day, 1440 for 24:00; NaN when it is no time. */
function minuteOf(text: string): number {
  const [, hours, minutes] = /^(\d\d?):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= MIDNIGHT ? minute : Number.NaN;
}

function followingDays(days: number): number {
  return ((days << 1) | (days >> 6)) & EVERY_DAY;
}
