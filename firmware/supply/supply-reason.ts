/**
 * Why the supply is as it is, and the stable number of it that readings (status bits 8-15) and events carry.
 * Numbers are never reused. `supplied` alone means closed.
 */
export const SUPPLY_REASONS = {
  supplied: 0,
  unlinked: 1,
  exhausted: 2,
  ordered: 3,
  overload: 4,
  fault: 8,
} as const;

export type SupplyReason = keyof typeof SUPPLY_REASONS;
