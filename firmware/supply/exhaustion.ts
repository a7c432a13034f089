import type { MilliwattHours } from '../energy';
import type { PolicySetting } from '../ledger/policy';
import { isFriendly } from './friendly-hours';
import type { SupplyConditions } from './judge';
import type { MemoryKeeper } from './memory-keeper';

/** mWh in a Wh */
const WATT_HOUR = 1000;

/** Finds what keeps the supply on though the balance is used up. */
export class Exhaustion {
  readonly #conditions: SupplyConditions;
  readonly #memory: MemoryKeeper;
  /** mWh below zero */
  #emergencyCredit = 0;
  #debtLimit = 0;
  #hasReducedLoad = false;
  #isFriendly = false;

  constructor(conditions: SupplyConditions, memory: MemoryKeeper) {
    this.#conditions = conditions;
    this.#memory = memory;
  }

  setPolicy({ emergencyCredit, debtLimit, reducedLoad }: PolicySetting): void {
    this.#emergencyCredit = emergencyCredit * WATT_HOUR;
    this.#debtLimit = debtLimit * WATT_HOUR;
    this.#hasReducedLoad = reducedLoad > 0;
  }

  /** Time has gone on. @param now Unix seconds; while they are unknown no friendly hours begin, and none end */
  lookAt(policy: PolicySetting, now: number | undefined): void {
    this.#isFriendly = now === undefined ? this.#memory.now.isSpared : isFriendly(policy, now);
  }

  /**
   * The balance is used up.
   * @param balance mWh, 0 or less
   * @param credited mWh, in total
   * @param isClosed the supply is on: friendly hours cut nobody off, and bring nobody back
   */
  excuse(balance: MilliwattHours, credited: MilliwattHours, isClosed: boolean): void {
    const conditions = this.#conditions;
    const memory = this.#memory;
    const isWithinLimit = balance > -this.#debtLimit;
    conditions.hasEmergencyCredit = memory.now.emergencyAt === credited && balance > -this.#emergencyCredit;
    conditions.isSpared = isWithinLimit && this.#isFriendly && (isClosed || memory.now.isSpared);
    conditions.hasReducedLoad = isWithinLimit && this.#hasReducedLoad;
    memory.set('isSpared', conditions.isSpared);
  }

  /** There is a balance again. */
  end(): void {
    const conditions = this.#conditions;
    conditions.hasEmergencyCredit = false;
    conditions.isSpared = false;
    conditions.hasReducedLoad = false;
    this.#memory.set('isSpared', false);
  }
}
