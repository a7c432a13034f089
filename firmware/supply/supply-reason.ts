/**
 * Why the supply is as it is, and the stable number of it that readings (status bits 8-15) and events carry.
 * Numbers are never reused. Closed in `supplied`, `emergency`, `friendly` and `reduced`, open in all others.
 */
export const SUPPLY_REASONS = {
  supplied: 0,
  unlinked: 1,
  exhausted: 2,
  ordered: 3,
  overload: 4,
  overvoltage: 5,
  undervoltage: 6,
  tamper: 7,
  fault: 8,
  /** It will close by itself: after the shortest time off, or in its turn after a blackout. */
  reconnecting: 9,
  /** Somebody must ask for it at the meter. */
  unarmed: 10,
  /** On emergency credit */
  emergency: 11,
  /** Though the balance is used up: nobody is cut off in these hours */
  friendly: 12,
  /** Though the balance is used up: a little */
  reduced: 13,
  /** The M3tering Console says so, and the policy trusts it */
  suspended: 14,
} as const;

export type SupplyReason = keyof typeof SUPPLY_REASONS;
