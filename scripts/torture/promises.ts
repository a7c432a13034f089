import { BrokenPromise as NotKept } from '../campaign/broken-promise';

/** What is counted of a meter whose power fails again and again: each must stay at zero. */
export const BREACHES = [
  'calls failed',
  'settings undone',
  'entries lost',
  'energy invented',
  'energy lost beyond the bound',
  'credits lost',
  'credits doubled',
  'registers decreased',
  'readings forked',
  'unreadable boots',
] as const;
export type Breach = (typeof BREACHES)[number];

/** One of these that was not kept. */
export class BrokenPromise extends NotKept<Breach> {}

/** What a power cut took of the energy that was counted, beside what it might have taken. */
export interface Loss {
  /** mWh */
  readonly lost: number;
  /** mWh */
  readonly bound: number;
}

export const NO_LOSS: Loss = { lost: 0, bound: 10_000 };

/** The one that came nearer to its bound. */
export function worse(a: Loss, b: Loss): Loss {
  return b.lost * a.bound > a.lost * b.bound ? b : a;
}
