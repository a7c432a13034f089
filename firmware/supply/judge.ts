import type { SupplyReason } from './supply-reason';

/** All that decides whether the relay should be closed. One object that lives: nothing is made for a window. */
export interface SupplyConditions {
  /** The ledger is restored and can be written, the calibration is in force, the sensor delivers. */
  isSound: boolean;
  isLinked: boolean;
  /** It supplies though it is not linked, and whatever its balance. */
  isOnBench: boolean;
  /** The case was opened, and the policy says that this cuts. */
  isTampered: boolean;
  isOrderedOff: boolean;
  /** The M3tering Console wants no supply, and the policy trusts its word. */
  isSuspended: boolean;
  isOvervoltage: boolean;
  isUndervoltage: boolean;
  isOverloaded: boolean;
  /** The balance is used up. */
  isExhausted: boolean;
  /** Emergency credit was taken and is not used up. */
  hasEmergencyCredit: boolean;
  /** Friendly hours found the supply on, and last; the debt is within its limit. */
  isSpared: boolean;
  /** The policy leaves some power to whoever has used up the balance; the debt is within its limit. */
  hasReducedLoad: boolean;
  /** Somebody must ask for it at the meter. */
  isUnarmed: boolean;
  /** The shortest time off, or that to its turn after a blackout, is not over. */
  isWaiting: boolean;
}

/**
 * Why the supply is, or is to be, as it is: the first that applies. What makes the meter unable to count comes before
 * whose meter it is, a wish to cut before a danger, since it lasts, a danger before debt, and debt before waiting.
 */
export function judge(conditions: SupplyConditions): SupplyReason {
  if (!conditions.isSound) return 'fault';
  if (!conditions.isLinked && !conditions.isOnBench) return 'unlinked';
  if (conditions.isTampered) return 'tamper';
  if (conditions.isOrderedOff) return 'ordered';
  if (conditions.isSuspended) return 'suspended';
  if (conditions.isOvervoltage) return 'overvoltage';
  if (conditions.isUndervoltage) return 'undervoltage';
  if (conditions.isOverloaded) return 'overload';
  const spared = conditions.isExhausted && conditions.isLinked ? exceptionOf(conditions) : 'supplied';
  if (spared === 'exhausted') return spared;
  if (conditions.isUnarmed) return 'unarmed';
  return conditions.isWaiting ? 'reconnecting' : spared;
}

/** Why it stays on though the balance is used up, or `exhausted`. */
function exceptionOf(conditions: SupplyConditions): SupplyReason {
  if (conditions.hasEmergencyCredit) return 'emergency';
  if (conditions.isSpared) return 'friendly';
  return conditions.hasReducedLoad ? 'reduced' : 'exhausted';
}

/** Whether the relay is closed for that reason. */
export function isSupplying(reason: SupplyReason | undefined): boolean {
  return reason === 'supplied' || reason === 'emergency' || reason === 'friendly' || reason === 'reduced';
}
