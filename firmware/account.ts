import type { MilliwattHours } from './energy';
import type { Ledger } from './ledger/ledger';
import { INITIAL_POLICY, type PolicySetting, trustsCable } from './ledger/policy';
import type { PhaseRegisters, Registers } from './ledger/state';
import type { VoltageLimits } from './metrology/voltage-watch';

/** What the ledger tells of a meter to whoever looks at it. */
export abstract class Account {
  /** Undefined when it could not be restored. */
  protected abstract readonly ledger: Ledger | undefined;

  /** A live view; undefined when they could not be restored: never to be shown as zeros. */
  get registers(): Registers | undefined {
    return this.ledger?.registers;
  }

  /** Of each phase where there are two or three, undefined as `registers` is. */
  get phaseRegisters(): readonly PhaseRegisters[] | undefined {
    return this.ledger?.phases;
  }

  /** mWh, undefined as `registers` is. */
  get balance(): MilliwattHours | undefined {
    return this.ledger?.balance;
  }

  /** Every reading up to this sequence is kept for good elsewhere. */
  get acknowledged(): number {
    return this.ledger?.acknowledged ?? 0;
  }

  /** Undefined until it is linked. */
  get m3terId(): bigint | undefined {
    return this.ledger?.settings.link?.m3terId;
  }

  /** Whether its calibration may not be changed: by its link, unless the owner's policy says otherwise. */
  get isSealed(): boolean {
    return this.m3terId !== undefined && this.#policy.sealed === 1;
  }

  /** Whether it may be set up by who has a cable and no signature. */
  get isConsoleTrusted(): boolean {
    return this.m3terId === undefined || trustsCable(this.#policy);
  }

  /** By the policy in force. */
  protected get voltageLimits(): VoltageLimits {
    const { nominalVoltage, sag, swell, interruption } = this.#policy;
    return { nominal: nominalVoltage, sag, swell, interruption };
  }

  get #policy(): PolicySetting {
    return this.ledger?.settings.policy ?? INITIAL_POLICY;
  }
}
