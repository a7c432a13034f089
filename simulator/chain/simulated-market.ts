import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import type { SigningKey } from '../../firmware/attest/device-key';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import type { Crypto } from '../../firmware/host';
import type { Broker } from '../broker/broker';
import { signDirective } from '../directive';
import { Gateway } from '../gateway/gateway';
import type { AccountChange, GatewayAccount } from '../gateway/gateway-account';
import { GatewayStore } from '../gateway/gateway-store';
import type { Account } from '../operator';
import type { Instruction, Market } from '../simulation-market';
import type { SimulatedChain } from './simulated-chain';
import { afterChange, type CircleStages } from './simulated-circle';
import { energyFor, priceOf } from './simulated-wallet';
import { UnprovedReadings } from './unproved-readings';

export interface SimulatedMarketOptions {
  readonly crypto: Crypto;
  readonly broker: Broker;
  /** The operator's: the meters obey it. */
  readonly key: SigningKey;
  /** Unix seconds, simulated */
  readonly now: () => number;
  /** s, simulated, for which a reading waits for others at most, to be proved together */
  readonly longestWait: number;
}

/** Readings that are proved in one transaction at most. */
const BATCH = 32;

/* Amounts and prices are in the stablecoin's smallest unit. */

interface Payment {
  readonly m3terId: bigint;
  readonly amount: bigint;
}

interface PriceChange {
  readonly m3terId: bigint;
  /** Of a kWh */
  readonly price: bigint;
}

/** Sells by the contracts of a chain: households pay, a gateway credits, keeps the readings and proves them. */
export class SimulatedMarket implements Market {
  readonly chain: SimulatedChain;
  readonly #gateway: Gateway;
  readonly #removeState: () => void;
  /** For what the gateway does not say. */
  readonly #client: MqttClient;
  readonly #options: SimulatedMarketOptions;
  readonly #domain: SigningDomain;
  readonly #circles = new Map<bigint, CircleStages>();
  readonly #paid = new Map<bigint, bigint>();
  /** In the order in which they are to be mined. */
  readonly #due: (Payment | PriceChange)[] = [];
  /** Meters whose key is not in the registry yet. */
  readonly #strangers: Set<bigint>;
  readonly #unproved = new UnprovedReadings();

  private constructor(
    chain: SimulatedChain,
    gateway: Gateway,
    removeState: () => void,
    options: SimulatedMarketOptions,
  ) {
    this.chain = chain;
    this.#gateway = gateway;
    this.#removeState = removeState;
    this.#options = options;
    this.#client = options.broker.client('announcer');
    this.#domain = new SigningDomain(options.crypto, chain.registry);
    this.#strangers = new Set(chain.m3terIds);
    gateway.onChange = (m3terId, what) => this.#onChange(m3terId, what);
  }

  /** @param chain the market's own until `close` */
  static async open(chain: SimulatedChain, options: SimulatedMarketOptions): Promise<SimulatedMarket> {
    const { crypto, broker, key, now } = options;
    // Of the gateway's state, which nobody needs when the simulation is over, however it ends.
    const directory = mkdtempSync(join(tmpdir(), 'm3ter-simulation-'));
    const removeState = () => rmSync(directory, { recursive: true, force: true });
    process.once('exit', removeState);
    const gateway = await Gateway.open({
      ...{ crypto, key, now },
      client: broker.client('gateway'),
      chain: chain.chain,
      deployment: chain.deployment,
      store: GatewayStore.open(directory, { durable: false }),
      submitter: chain.submitter,
      confirmations: 0,
      batchSize: BATCH,
      // what is due is known here, so that nobody need ask
      longestWait: Number.POSITIVE_INFINITY,
    });
    return new SimulatedMarket(chain, gateway, removeState, options);
  }

  account(m3terId: bigint): Account {
    return this.#gateway.account(m3terId) ?? unknownAccount(m3terId);
  }

  /** What the gateway says of the chain's side of it; undefined before anything came. */
  proved(m3terId: bigint): GatewayAccount['proved'] | undefined {
    return this.#gateway.account(m3terId)?.proved;
  }

  /** What a household has paid in all, in the stablecoin's smallest unit. */
  paid(m3terId: bigint): bigint {
    return this.#paid.get(m3terId) ?? 0n;
  }

  circle(m3terId: bigint): CircleStages {
    return this.#circles.get(m3terId) ?? {};
  }

  /** What a kWh costs who pays now, in the stablecoin's smallest unit: it may not be mined yet. */
  price(m3terId: bigint): bigint {
    const changes = this.#due.filter(deal => 'price' in deal);
    return changes.findLast(change => change.m3terId === m3terId)?.price ?? this.chain.tariffOf(m3terId);
  }

  /** Begins to change the price of a kWh: the next payment is the first at the new one. */
  setPrice(m3terId: bigint, price: bigint): void {
    this.#due.push({ m3terId, price });
  }

  sell(m3terId: bigint, energy: MilliwattHours): void {
    this.pay(m3terId, priceOf(energy, this.price(m3terId)));
  }

  /**
   * Begins a payment.
   * @param amount of the stablecoin, in its smallest unit
   * @returns what it buys
   */
  pay(m3terId: bigint, amount: bigint): MilliwattHours {
    this.#due.push({ m3terId, amount });
    return energyFor(amount, this.price(m3terId));
  }

  instruct<Kind extends 'tariff' | 'supply'>(kind: Kind, message: Instruction<Kind>): Uint8Array {
    const { topic, payload } = signDirective(this.#domain, this.#options.key, kind, message);
    this.#client.publish(topic, Buffer.from(payload), { qos: 1, retain: true });
    return payload;
  }

  async settled(): Promise<void> {
    await this.#trade();
    await this.#gateway.settled();
    const { count, since } = this.#unproved;
    const now = this.#options.now();
    if (count >= BATCH) await this.#prove(false);
    else if (count > 0 && now - since >= this.#options.longestWait) await this.#prove(true);
    else if (this.#strangers.size > 0) await this.#prove(false);
  }

  /** Proves what is left to prove. */
  async conclude(): Promise<void> {
    await this.#gateway.settled();
    if (this.#unproved.count > 0) await this.#prove(true);
  }

  async close(): Promise<void> {
    try {
      await this.#client.endAsync(true);
      await this.#gateway.close();
    } finally {
      await this.chain.close();
      this.#removeState();
      process.off('exit', this.#removeState);
    }
  }

  async #trade(): Promise<void> {
    if (this.#due.length === 0) return;
    for (let deal = this.#due[0]; deal !== undefined; deal = this.#due[0]) {
      await this.chain.setTime(this.#options.now());
      if ('price' in deal) await this.chain.setTariff(deal.m3terId, deal.price);
      else await this.#pay(deal.m3terId, deal.amount);
      // only now: until then it tells the price of what comes after it
      this.#due.shift();
    }
    await this.#gateway.lookForPayments();
  }

  async #pay(m3terId: bigint, amount: bigint): Promise<void> {
    const at = this.#options.now();
    const { blockNumber: number } = await this.chain.wallet(m3terId).pay(m3terId, amount);
    this.#paid.set(m3terId, this.paid(m3terId) + amount);
    this.#circles.set(m3terId, { ...this.circle(m3terId), payment: { at, amount }, block: { at, number } });
  }

  async #prove(all: boolean): Promise<void> {
    await this.chain.setTime(this.#options.now());
    await this.#gateway.prove(all);
  }

  #onChange(m3terId: bigint, what: AccountChange): void {
    const account = this.#gateway.account(m3terId);
    if (account === undefined) return;
    const now = this.#options.now();
    if (what === 'device') this.#strangers.delete(m3terId);
    this.#unproved.see(m3terId, account.acknowledged - account.proved.sequence, now);
    this.#circles.set(m3terId, afterChange(this.circle(m3terId), what, account, now));
  }
}

function unknownAccount(m3terId: bigint): Account {
  const nothing = { readings: [], events: [], acknowledged: 0, verified: 0, credited: milliwattHours(0) };
  return { m3terId, device: undefined, ...nothing };
}
