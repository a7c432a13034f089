import type { SupplyReason } from '../../../firmware/supply/supply-reason';
import { formatClock, formatDate } from '../../view/format';
import type { Oddity } from '../oddity';

/** What a state of the supply means to who lives with it. */
export interface SupplyWords {
  /** In two or three words, for where there is little room. */
  readonly brief: string;
  /** Why, in a sentence. */
  readonly why: string;
  /** What to do about it, or empty. */
  readonly help: string;
}

const UNKNOWN: SupplyWords = {
  brief: 'reason not known',
  why: 'The meter gives a reason that this page does not know.',
  help: '',
};

const WORDS: Readonly<Record<SupplyReason | 'unplugged' | 'unheard', SupplyWords>> = {
  supplied: { brief: 'on', why: 'There is prepaid energy on the meter.', help: '' },
  unlinked: {
    brief: 'not linked',
    why: 'The meter has not been told who it is.',
    help: 'Link it to its M3ter.',
  },
  exhausted: {
    brief: 'no credit',
    why: 'The prepaid energy is used up.',
    help: 'Pay, and power comes back by itself.',
  },
  ordered: {
    brief: 'ordered off',
    why: 'The operator has ordered it off.',
    help: 'Ask the operator why.',
  },
  overload: {
    brief: 'over the limit',
    why: 'More power was drawn than is allowed.',
    help: 'Switch something off, then wait or press its button.',
  },
  overvoltage: {
    brief: 'voltage too high',
    why: 'The voltage of the line is dangerously high.',
    help: 'The meter waits until it is safe.',
  },
  undervoltage: {
    brief: 'voltage too low',
    why: 'The voltage of the line is too low.',
    help: 'The meter waits until it has risen.',
  },
  tamper: {
    brief: 'case opened',
    why: 'The case of the meter was opened.',
    help: 'Only the operator can switch it on again.',
  },
  fault: {
    brief: 'fault',
    why: 'Something in the meter is broken.',
    help: 'See the events; it needs service.',
  },
  reconnecting: { brief: 'coming back', why: 'Power is about to come back.', help: 'It takes some seconds.' },
  unarmed: {
    brief: 'waits for its button',
    why: 'Power is paid for, and waits for somebody.',
    help: 'Press the button at the meter.',
  },
  emergency: {
    brief: 'emergency credit',
    why: 'The prepaid energy is used up; this is emergency credit.',
    help: 'Pay before it is used up too.',
  },
  friendly: {
    brief: 'friendly hours',
    why: 'The prepaid energy is used up, but nobody is cut off at this hour.',
    help: 'Pay before the friendly hours end.',
  },
  reduced: {
    brief: 'reduced load',
    why: 'The prepaid energy is used up; a little power is still given.',
    help: 'Pay for full power.',
  },
  suspended: {
    brief: 'switched off',
    why: 'The provider has switched it off.',
    help: 'Ask the provider why.',
  },
  unheard: { brief: 'not heard', why: 'Nothing was heard from the meter yet.', help: '' },
  unplugged: { brief: 'unplugged', why: 'The meter itself has no power.', help: 'Plug it in.' },
};

/** @param reason a SupplyReason, `unplugged`, `unheard`, or one of a later firmware */
export function supplyWords(reason: string): SupplyWords {
  return Object.hasOwn(WORDS, reason) ? WORDS[reason as keyof typeof WORDS] : UNKNOWN;
}

/** What makes a meter one to look at. */
export const ODDITY_WORDS: Readonly<Record<Oddity, string>> = {
  fault: 'fault',
  forged: 'not verified',
  off: 'off',
  offline: 'offline',
  low: 'low',
};

/** Of events whose names only an engineer takes for what they mean: a relay that is closed lets power through. */
const EVENT_WORDS: Readonly<Record<string, string>> = {
  supplyClosed: 'power on:',
  supplyOpened: 'power off:',
  orderChanged: 'order changed: version',
  tariffChanged: 'tariff changed: version',
  policyChanged: 'policy changed: version',
  rolesChanged: 'roles changed: version',
};

/** @param name an EventName, or `event 99` */
export function eventWords(name: string): string {
  return Object.hasOwn(EVENT_WORDS, name) ? (EVENT_WORDS[name] as string) : spaced(name);
}

/** `supplyClosed` reads as `supply closed`. */
export function spaced(name: string): string {
  return name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`).replaceAll('-', ' ');
}

/** When something was, as somebody would say it on that day. @param time Unix seconds; 0: unknown @param today YYYY-MM-DD */
export function moment(time: number, today: string): string {
  if (time === 0) return 'unknown';
  const clock = formatClock(time);
  return formatDate(time) === today ? clock : `${formatDate(time).slice(5)} ${clock}`;
}
