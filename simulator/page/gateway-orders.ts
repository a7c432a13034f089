import { setTimeout as sleep } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { SigningKey } from '../../firmware/attest/device-key';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT_CODES } from '../../firmware/attest/event';
import { SUPPLY_ORDER, type SupplyOrder } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { equal, toHex } from '../../firmware/bytes';
import { ORDER_STATES } from '../../firmware/supply/supply';
import { signDirective } from '../directive';
import { Failure } from '../errors';
import type { Gateway } from '../gateway/gateway';
import type { GatewayAccount } from '../gateway/gateway-account';
import type { Notify } from '../gateway/notice';
import { supplyOf } from './gateway-views';
import { orderText } from './order-text';

export interface GatewayOrdersOptions {
  readonly gateway: Pick<Gateway, 'noteOrder'>;
  readonly client: MqttClient;
  readonly domain: SigningDomain;
  /** The operator's. */
  readonly key: SigningKey;
  readonly notify: Notify;
  /** Unix seconds */
  readonly now: () => number;
}

/** Whether there is to be supply, and how much. */
export interface OrderedSupply {
  readonly supply: boolean;
  /** W; 0: none */
  readonly limit: number;
}

/** u32 */
const LAST_VERSION = 0xffffffff;
/** ms that a broker may take to say that it has an order */
const PATIENCE = 10_000;

/** Orders about the supply of meters, in the operator's name. */
export class GatewayOrders {
  readonly #options: GatewayOrdersOptions;
  /** By meter, the last that we have signed, as far as it is remembered here or by the broker. */
  readonly #signed = new Map<bigint, SupplyOrder>();

  constructor(options: GatewayOrdersOptions) {
    this.#options = options;
  }

  /** Takes what the broker has of orders; false when it is none of ours. What we know already is passed over. */
  hear(m3terId: bigint, payload: Uint8Array): boolean {
    const decoded = decodeEnvelope(SUPPLY_ORDER, payload);
    if (!decoded.ok || decoded.value.message.m3terId !== m3terId) return false;
    const { message, signature } = decoded.value;
    if (message.version <= (this.#signed.get(m3terId)?.version ?? 0)) return true;
    const { domain, key } = this.#options;
    const signer = domain.signer(SUPPLY_ORDER, message, signature);
    if (signer === undefined || !equal(signer, key.address)) return false;
    this.#signed.set(m3terId, message);
    return true;
  }

  /** As we have ordered it, unless the meter obeys another order by now, as of its owner. */
  standing(account: GatewayAccount): OrderedSupply {
    const order = this.#signed.get(account.m3terId);
    if (order === undefined || order.version < obeyedVersion(account))
      return { supply: supplyOf(account).reason !== 'ordered', limit: 0 };
    const { until, state, powerLimit } = order;
    if (until !== 0 && until <= this.#options.now()) return { supply: true, limit: 0 };
    return { supply: state === ORDER_STATES.on, limit: powerLimit };
  }

  /**
   * Signs the next order, which changes the one that stands. Its version is on the disk before it is told.
   * @returns what was ordered, in words
   * @throws Failure when it cannot be told now
   */
  async order(account: GatewayAccount, change: Partial<OrderedSupply>): Promise<string> {
    const { m3terId } = account;
    const { gateway, client, domain, key, notify } = this.#options;
    if (!client.connected) throw new Failure('The broker is away: nothing was ordered');
    const { supply, limit } = { ...this.standing(account), ...change };
    const version = this.#nextVersion(account);
    const state = supply ? ORDER_STATES.on : ORDER_STATES.off;
    const order = { m3terId, version, state, powerLimit: limit, until: 0 };
    // before anything is waited for: whoever orders next goes on from this one
    this.#signed.set(m3terId, order);
    await gateway.noteOrder(m3terId, version);
    const { topic, payload } = signDirective(domain, key, 'supply', order);
    notify({ code: 'order-given', m3terId, detail: `${orderText(supply, limit)}, version ${version}` });
    const told = client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
    await inTime(told, 'the broker to confirm the order, which it gets when it is back');
    return orderText(supply, limit);
  }

  /** Above any that we, or somebody else whom the meter has obeyed, ever gave; Unix time where that is. */
  #nextVersion(account: GatewayAccount): number {
    const signed = this.#signed.get(account.m3terId)?.version ?? 0;
    const highest = Math.max(signed, account.ordered, obeyedVersion(account));
    if (highest >= LAST_VERSION) throw new Failure('There is no version left for another order');
    return Math.max(highest + 1, Math.floor(this.#options.now()));
  }
}

/** Of the order that the meter has told of last; 0: of none. */
function obeyedVersion({ events }: GatewayAccount): number {
  const change = events.findLast(({ code }) => code === EVENT_CODES.orderChanged);
  return change === undefined ? 0 : Math.min(LAST_VERSION, Number(`0x${toHex(change.detail)}`));
}

/** @throws Failure that says what was awaited when it takes too long, and what it rejects with */
async function inTime(work: Promise<unknown>, what: string): Promise<void> {
  const end = new AbortController();
  const late = sleep(PATIENCE, undefined, { signal: end.signal }).then(
    () => Promise.reject(new Failure(`Waited ${PATIENCE / 1000} s for ${what}`)),
    () => undefined,
  );
  try {
    await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}
