/** What is counted of a month in which all goes wrong at once: each must stay at zero. */
export const PROMISES = [
  'readings lost',
  'readings forked',
  'chain breaks',
  'times going back',
  'events disordered',
  'energy invented',
  'energy lost beyond the bound',
  'balances wrong',
  'credits lost',
  'credits doubled',
  'withdrawals wrong',
  'directives lost',
  'stale directives obeyed',
  'former parties obeyed',
  'unreadable boots',
] as const;
export type Promised = (typeof PROMISES)[number];

/** A promise that was not kept. */
export interface Breach {
  readonly promise: Promised;
  readonly m3terId: bigint;
  /** Simulated days from the start */
  readonly day: number;
  readonly message: string;
}

/** Takes down what was broken. */
export type OnBreach = (promise: Promised, m3terId: bigint, message: string) => void;
