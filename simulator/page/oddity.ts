import type { MeterRow } from './page-state';

/** What makes a meter worth a look before others, the worst first. */
export const ODDITIES = ['fault', 'forged', 'off', 'offline', 'low'] as const;
export type Oddity = (typeof ODDITIES)[number];

const FAULTS = new Set(['fault', 'tamper', 'overload', 'overvoltage', 'undervoltage']);

/** Undefined: all is well. */
export function oddityOf({ closed, reason, online, unverified, lowBalance }: MeterRow): Oddity | undefined {
  if (FAULTS.has(reason)) return 'fault';
  if (unverified > 0) return 'forged';
  if (!closed && reason !== 'unheard') return 'off';
  if (!online) return 'offline';
  return lowBalance ? 'low' : undefined;
}

/** For sorting: 0 is the worst. */
export function rankOf(row: MeterRow): number {
  const oddity = oddityOf(row);
  return oddity === undefined ? ODDITIES.length : ODDITIES.indexOf(oddity);
}
