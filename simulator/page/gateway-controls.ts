import { ORDER_STATES } from '../../firmware/supply/supply';
import { Failure } from '../errors';
import type { GatewayAccount } from '../gateway/gateway-account';
import { GatewayDirectives, type GatewayDirectivesOptions } from './gateway-directives';
import { supplyOf } from './gateway-views';
import { orderText } from './order-text';
import type { PageAction } from './page-action';
import type { Controls } from './page-state';
import { ANOTHER, nameOfBands, tariffControl, tariffNamed } from './tariff-choices';

/** Whether there is to be supply, and how much. */
interface OrderedSupply {
  readonly supply: boolean;
  /** W; 0: none */
  readonly limit: number;
}

/** The topics on which the broker has what was ordered. */
export const ORDER_STREAMS = ['supply', 'tariff'] as const;

/** What the page's controls do with the meters of a gateway, in the operator's name. */
export class GatewayControls {
  readonly #orders: GatewayDirectives<'supply'>;
  readonly #tariffs: GatewayDirectives<'tariff'>;
  /** Unix seconds */
  readonly #now: () => number;

  constructor(options: GatewayDirectivesOptions) {
    this.#orders = new GatewayDirectives('supply', options);
    this.#tariffs = new GatewayDirectives('tariff', options);
    this.#now = options.now;
  }

  /** Takes what the broker has of orders; false when it is none of ours. */
  hear(stream: (typeof ORDER_STREAMS)[number], m3terId: bigint, payload: Uint8Array): boolean {
    return (stream === 'supply' ? this.#orders : this.#tariffs).hear(m3terId, payload);
  }

  /** Those there are for a meter, and how they stand. */
  of(account: GatewayAccount): Controls {
    const supply = this.#orders.pending(account);
    const tariff = this.#tariffs.pending(account);
    return {
      ...this.#standing(account),
      tariff: tariffControl(this.#tariffName(account), { keepsFeedIn: true }),
      ...((supply ?? tariff) && { pending: { supply, tariff } }),
    };
  }

  /** @returns what was ordered, in words. @throws Failure when it cannot be done, or told now */
  act(account: GatewayAccount, action: PageAction): Promise<string> {
    switch (action.kind) {
      case 'supply':
        return this.#order(account, { supply: action.on });
      case 'limit':
        return this.#order(account, { limit: action.watts });
      case 'tariff':
        return this.#setTariff(account, action.name);
      default:
        throw new Failure('That can be done with simulated meters only');
    }
  }

  /** As we have ordered it, unless the meter obeys another order by now, as of its owner. */
  #standing(account: GatewayAccount): OrderedSupply {
    const order = this.#orders.standing(account);
    if (order === undefined || order === 'another')
      return { supply: supplyOf(account).reason !== 'ordered', limit: 0 };
    const { until, state, powerLimit } = order;
    if (until !== 0 && until <= this.#now()) return { supply: true, limit: 0 };
    return { supply: state === ORDER_STATES.on, limit: powerLimit };
  }

  #tariffName(account: GatewayAccount): string {
    const tariff = this.#tariffs.standing(account);
    if (tariff === undefined) return '';
    return tariff === 'another' ? ANOTHER : nameOfBands(tariff);
  }

  /** Changes the order that stands. */
  async #order(account: GatewayAccount, change: Partial<OrderedSupply>): Promise<string> {
    const { supply, limit } = { ...this.#standing(account), ...change };
    const { m3terId } = account;
    const order = {
      m3terId,
      state: supply ? ORDER_STATES.on : ORDER_STATES.off,
      powerLimit: limit,
      until: 0,
    };
    const text = orderText(supply, limit);
    await this.#orders.give(account, version => ({ ...order, version }), text);
    return text;
  }

  async #setTariff(account: GatewayAccount, name: string): Promise<string> {
    const terms = tariffNamed(name);
    if (terms === undefined) throw new Failure('There is no such tariff');
    const { m3terId } = account;
    const standing = this.#tariffs.standing(account);
    // what feeding in earns is as it was, and nothing where that is not known
    const feedInFactor = typeof standing === 'object' ? standing.feedInFactor : 0;
    // at once, whatever time it is for the meter
    const tariff = { m3terId, ...terms, feedInFactor, validFrom: 0 };
    await this.#tariffs.give(account, version => ({ ...tariff, version }), `Tariff: ${name}`);
    return `Tariff: ${name}`;
  }
}
