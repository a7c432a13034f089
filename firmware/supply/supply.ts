import type { MilliwattHours } from '../energy';
import type { RelayDriver } from '../host';
import type { Hearing } from '../metrology/silence-watch';
import { LoadLimit } from './load-limit';
import type { SupplyReason } from './supply-reason';

/** What an operator may order: `on` is supply as the balance allows, `off` is none. */
export const ORDER_STATES = { off: 0, on: 1 } as const;

/** The parts of a `SupplyOrder` that supply obeys. */
export interface StandingOrder {
  readonly state: number;
  /** W; 0 is no limit */
  readonly powerLimit: number;
  /** Unix seconds after which the order lapses; 0 is never */
  readonly until: number;
}

/** All that decides whether the relay should be closed. */
export interface SupplyConditions {
  readonly linked: boolean;
  /** The ledger was restored and can be written. */
  readonly ledgerSound: boolean;
  /** Whether the sensor delivers: what cannot be measured is not supplied. */
  readonly sensor: Hearing;
  readonly balance: MilliwattHours;
  readonly order: StandingOrder | undefined;
  /** W imported, all phases */
  readonly power: number;
  /** ms, monotonic */
  readonly time: number;
  /** Unix seconds, undefined when unknown: an order with an end then stands */
  readonly now: number | undefined;
}

/**
 * Decides whether the relay should be closed, and drives it. Until the first decision the relay is left alone: one that
 * latches must not blink at a restart. It is not closed before the sensor is heard; it is opened at once.
 */
export class Supply {
  readonly #relay: RelayDriver;
  readonly #loadLimit = new LoadLimit();
  #reason: SupplyReason | undefined;

  constructor(relay: RelayDriver) {
    this.#relay = relay;
  }

  /** Undefined before the first decision. */
  get reason(): SupplyReason | undefined {
    return this.#reason;
  }

  get closed(): boolean {
    return this.#reason === 'supplied';
  }

  /** Decides and drives the relay at once. True when the reason is another than before; supply waits for the sensor. */
  decide(conditions: SupplyConditions): boolean {
    const reason = this.#judge(conditions);
    const isEarly = reason === 'supplied' && conditions.sensor === 'awaited';
    if (reason === this.#reason || isEarly) return false;
    this.#reason = reason;
    if (this.closed) this.#relay.close();
    else this.#relay.open();
    return true;
  }

  #judge(conditions: SupplyConditions): SupplyReason {
    const order = conditions.order;
    const standing = order === undefined || hasLapsed(order, conditions.now) ? undefined : order;
    const limit = standing?.powerLimit || undefined;
    const overload = this.#loadLimit.exceeded(conditions.power, limit, conditions.time);
    if (!conditions.ledgerSound || conditions.sensor === 'silent') return 'fault';
    if (!conditions.linked) return 'unlinked';
    if (conditions.balance <= 0) return 'exhausted';
    if (standing?.state === ORDER_STATES.off) return 'ordered';
    if (overload) return 'overload';
    return 'supplied';
  }
}

function hasLapsed(order: StandingOrder, now: number | undefined): boolean {
  return order.until !== 0 && now !== undefined && now >= order.until;
}
