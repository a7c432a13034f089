import type { MilliwattHours } from '../energy';
import type { PolicySetting } from '../ledger/policy';

/** mWh in a Wh */
const WATT_HOUR = 1000;
/** By which a balance must be above a threshold again, that it does not warn with every flicker */
const HYSTERESIS = 1.02;

/** Tells once each time that the balance falls below one of two thresholds. */
export class BalanceWarning {
  /** 0: enough, 1: below the first threshold, 2: below the second */
  level = 0;
  /** mWh */
  #low = 0;
  #critical = 0;

  setThresholds({ lowBalance, criticalBalance }: PolicySetting): void {
    this.#low = lowBalance * WATT_HOUR;
    this.#critical = criticalBalance * WATT_HOUR;
  }

  /** By how many levels it has fallen, of which there is to be told; 0 to 2 */
  take(balance: MilliwattHours): number {
    const before = this.level;
    // As a rule. The second threshold is not above the first.
    if (before === 0 && balance >= this.#low) return 0;
    if (balance < this.#critical) this.level = 2;
    else if (before === 2 && balance >= this.#critical * HYSTERESIS) this.level = 1;
    if (this.level === 0 && balance < this.#low) this.level = 1;
    else if (this.level === 1 && balance >= this.#low * HYSTERESIS) this.level = 0;
    return Math.max(0, this.level - before);
  }
}
