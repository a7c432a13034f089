import type { SupplyReason } from '../../../firmware/supply/supply-reason';
import { formatClock, formatDate } from '../../view/format';

/** What a state of the supply means to who lives with it. */
export interface SupplyWords {
  /** Why, in a sentence. */
  readonly why: string;
  /** What to do about it, or empty. */
  readonly help: string;
}

const UNKNOWN: SupplyWords = { why: 'The meter gives a reason that this page does not know.', help: '' };

const WORDS: Readonly<Record<SupplyReason | 'unplugged' | 'unheard', SupplyWords>> = {
  supplied: { why: 'There is prepaid energy on the meter.', help: '' },
  unlinked: {
    why: 'The meter has not been told who it is.',
    help: 'Link it to its M3ter.',
  },
  exhausted: {
    why: 'The prepaid energy is used up.',
    help: 'Pay, and power comes back by itself.',
  },
  ordered: { why: 'The operator has ordered it off.', help: 'Ask the operator why.' },
  overload: {
    why: 'More power was drawn than is allowed.',
    help: 'Switch something off; the meter tries again by itself.',
  },
  overvoltage: {
    why: 'The voltage of the line is dangerously high.',
    help: 'The meter waits until it is safe.',
  },
  undervoltage: { why: 'The voltage of the line is too low.', help: 'The meter waits until it has risen.' },
  tamper: { why: 'The case of the meter was opened.', help: 'Only the operator can switch it on again.' },
  fault: {
    why: 'Something in the meter is broken.',
    help: 'See the events; it needs service.',
  },
  reconnecting: { why: 'Power is about to come back.', help: 'It takes some seconds.' },
  unarmed: { why: 'Power is paid for, and waits for somebody.', help: 'Press the button at the meter.' },
  emergency: {
    why: 'The prepaid energy is used up; this is emergency credit.',
    help: 'Pay before it is used up too.',
  },
  friendly: {
    why: 'The prepaid energy is used up, but nobody is cut off at this hour.',
    help: 'Pay before the friendly hours end.',
  },
  reduced: {
    why: 'The prepaid energy is used up; a little power is still given.',
    help: 'Pay for full power.',
  },
  suspended: { why: 'The provider has switched it off.', help: 'Ask the provider why.' },
  unheard: { why: 'Nothing was heard from the meter yet.', help: '' },
  unplugged: { why: 'The meter itself has no power.', help: 'Plug it in.' },
};

/** @param reason a SupplyReason, `unplugged`, `unheard`, or one of a later firmware */
export function supplyWords(reason: string): SupplyWords {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason as keyof typeof WORDS] : UNKNOWN;
}

/** Of events whose names only an engineer takes for what they mean: a relay that is closed lets power through. */
const EVENT_WORDS: Readonly<Record<string, string>> = {
  supplyClosed: 'power on:',
  supplyOpened: 'power off:',
};

/** @param name an EventName, or `event 99` */
export function eventWords(name: string): string {
  return Object.hasOwn(EVENT_WORDS, name) ? (EVENT_WORDS[name] as string) : spaced(name);
}

/** `supplyClosed` reads as `supply closed`. */
export function spaced(name: string): string {
  return name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`).replaceAll('-', ' ');
}

/** When something was, as somebody would say it now. @param time Unix seconds, both; 0: unknown */
export function moment(time: number, now: number): string {
  if (time === 0) return 'unknown';
  const clock = formatClock(time);
  return formatDate(time) === formatDate(now) ? clock : `${formatDate(time).slice(5)} ${clock}`;
}
