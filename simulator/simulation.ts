import { type SigningKey, signingKey } from '../firmware/attest/device-key';
import { type Registry, SigningDomain } from '../firmware/attest/signing-domain';
import type { DirectiveMessage } from '../firmware/directives/directive';
import { kilowattHours, type MilliwattHours } from '../firmware/energy';
import type { Crypto } from '../firmware/host';
import type { TariffSetting } from '../firmware/ledger/tariff-setting';
import { VirtualClock } from '../hosts/mock/clock';
import { settled } from '../hosts/mock/network';
import { Prng } from '../hosts/mock/prng';
import { createCrypto } from '../hosts/node/crypto';
import { Broker } from './broker/broker';
import { firstCome } from './broker/broker-login';
import type { EmbeddedChain, ForeignChain, SimulatedChain } from './chain/simulated-chain';
import type { SimulatedMarket } from './chain/simulated-market';
import { Household } from './house/household';
import { DAY } from './house/time';
import { withNativeSignatures } from './native-signatures';
import { type Account, Operator } from './operator';
import { type Fidelity, SimulatedMeter } from './simulated-meter';
import type { Market } from './simulation-market';

export interface SimulationOptions {
  readonly seed: number;
  /** On which people pay and readings are proved; `none`: an operator sells by fiat. */
  readonly chain: 'none' | EmbeddedChain | ForeignChain;
  /** s, simulated, that a reading waits at most for others to be proved with; a day when absent */
  readonly longestWait?: number;
  /** How many houses, each with its meter. */
  readonly meters: number;
  readonly fidelity: Fidelity;
  /** The roofs' surplus goes to the grid. */
  readonly feedsGrid: boolean;
  /** That the operator tells every meter of; absent: none, and what is exported earns nothing */
  readonly tariff?: TariffSetting;
  /** Households buy again by themselves after a cut-off. */
  readonly topUps: boolean;
  /** s after the first midnight when meters are put into service; 0 when absent */
  readonly start?: number;
}

/** Midnight, UTC, of the first simulated day. */
export const START_TIME = Date.UTC(2026, 5, 1) / 1000;

/** What each meter is sold when it is put into service. */
const FIRST_PURCHASE = kilowattHours(2);

/** A chain id that test networks use, and no registry of it, for a world without a chain. */
const NO_REGISTRY: Registry = {
  chainId: 31337,
  registry: Uint8Array.from({ length: 20 }, (_, k) => 0x11 * (k % 16)),
};

export interface Purchase {
  /** Unix seconds, simulated */
  readonly at: number;
  readonly m3terId: bigint;
  readonly energy: MilliwattHours;
}

/**
 * Houses, meters, a broker and, by a chain or by an operator's fiat, a market of energy, in simulated time that goes on
 * only when it is told to.
 */
export class Simulation {
  readonly clock: VirtualClock;
  readonly meters: readonly SimulatedMeter[];
  readonly broker: Broker;
  /** That the meters know. */
  readonly registry: Registry;
  /** Where the market is one on a chain. */
  readonly chainMarket: SimulatedMarket | undefined;
  /** That the meters were told of in the beginning. */
  readonly tariff: TariffSetting | undefined;
  readonly #market: Market;
  readonly #purchases: Purchase[] = [];
  /** The market has something to do that nobody has waited for yet. */
  #isMarketBusy = false;

  private constructor(
    clock: VirtualClock,
    broker: Broker,
    registry: Registry,
    market: Operator | SimulatedMarket,
    meters: readonly SimulatedMeter[],
    tariff: TariffSetting | undefined,
  ) {
    this.clock = clock;
    this.broker = broker;
    this.registry = registry;
    this.chainMarket = market instanceof Operator ? undefined : market;
    this.#market = market;
    this.meters = meters;
    this.tariff = tariff;
  }

  /**
   * The world when every meter is linked and was sold its first energy.
   * @throws Failure when there is no chain to be had, viem's errors when one does not do what it is to
   */
  static async open(options: SimulationOptions): Promise<Simulation> {
    const origin = originOf(options);
    const chain = await openChain(options, origin);
    let simulation: Simulation | undefined;
    try {
      simulation = await Simulation.#populate(options, origin, chain);
      await simulation.#begin(options);
      return simulation;
    } catch (error) {
      await (simulation ?? chain)?.close();
      throw error;
    }
  }

  static async #populate(
    options: SimulationOptions,
    origin: Origin,
    chain: SimulatedChain | undefined,
  ): Promise<Simulation> {
    const { seed, fidelity, feedsGrid, tariff } = options;
    const { crypto, clock, owner, operator, m3terIds } = origin;
    const registry = chain?.registry ?? NO_REGISTRY;
    const now = () => clock.now() ?? 0;
    const domain = new SigningDomain(crypto, registry);
    const broker = await Broker.open({ logins: { domain, names: ['broker'], now, isLinked: firstCome() } });
    const market = await openMarket(chain, broker, options, origin);
    const common = { registry, owner, operator: operator.address, fidelity, feedsGrid };
    const meters = m3terIds.map((m3terId, index) => {
      const ports = { clock, crypto, network: broker.network() };
      return new SimulatedMeter(ports, { ...common, m3terId, seed: seed + index });
    });
    return new Simulation(clock, broker, registry, market, meters, tariff);
  }

  /** Unix seconds, simulated; fractional. */
  get time(): number {
    return START_TIME + this.clock.monotonic() / 1000;
  }

  /** Oldest first. */
  get purchases(): readonly Purchase[] {
    return this.#purchases;
  }

  account(meter: SimulatedMeter): Account {
    return this.#market.account(meter.m3terId);
  }

  /** It is sold at once, or paid for in a block at once; the meter hears of it as soon as it is reachable. */
  buy(meter: SimulatedMeter, energy: MilliwattHours): void {
    this.#market.sell(meter.m3terId, energy);
    this.#noteSale(meter, energy);
  }

  /**
   * The household pays, in a block at once.
   * @param amount of the stablecoin, in its smallest unit
   * @throws Error where there is no chain
   */
  pay(meter: SimulatedMeter, amount: bigint): void {
    this.#noteSale(meter, this.#chainMarketFor('pay').pay(meter.m3terId, amount));
  }

  /**
   * The token's owner changes the price of a kWh, in a block at once: the next payment is the first at the new one.
   * @param price of the stablecoin, in its smallest unit
   * @throws Error where there is no chain
   */
  setPrice({ m3terId }: SimulatedMeter, price: bigint): void {
    this.#chainMarketFor('setPrice').setPrice(m3terId, price);
    this.#isMarketBusy = true;
  }

  /** Tells the meter what energy weighs: from when it hears of it, its independent ledger goes by that too. */
  announce(meter: SimulatedMeter, tariff: TariffSetting): void {
    const { m3terId } = meter;
    meter.expectTariff(tariff, this.#market.instruct('tariff', { m3terId, ...tariff }));
    this.#isMarketBusy = true;
  }

  /** Orders how the meter is to supply. */
  order({ m3terId }: SimulatedMeter, order: DirectiveMessage<'supply'>): void {
    this.#market.instruct('supply', { ...order, m3terId });
    this.#isMarketBusy = true;
  }

  #chainMarketFor(what: string): SimulatedMarket {
    if (this.chainMarket === undefined) throw new Error(`${what}: expected a chain, got none`);
    return this.chainMarket;
  }

  #noteSale({ m3terId, independent }: SimulatedMeter, energy: MilliwattHours): void {
    independent.credit(energy);
    this.#isMarketBusy = true;
    this.#purchases.push({ at: Math.floor(this.time), m3terId, energy });
  }

  /**
   * Lets simulated time pass up to `time`, in Unix seconds. All that meters, broker and chain say to each other is said
   * within the moment of simulated time in which it began, so the same seed gives the same days.
   */
  async runUntil(time: number): Promise<void> {
    const end = (time - START_TIME) * 1000;
    for (let next = this.clock.next; next !== undefined && next <= end; next = this.clock.next) {
      const before = this.#traffic();
      this.clock.runUntil(next);
      if (this.#isMarketBusy || this.#traffic() !== before) await this.#settle();
    }
    this.clock.runUntil(end);
  }

  /** Proves on the chain, if there is one, what is left to prove. */
  async conclude(): Promise<void> {
    if (this.#isMarketBusy) await this.#settle();
    await this.chainMarket?.conclude();
  }

  /** Lets go of everything; the simulation is over. */
  async close(): Promise<void> {
    for (const meter of this.meters) meter.pullPlug();
    await this.#market.close();
    await this.broker.close();
  }

  async #begin({ seed, tariff, topUps }: SimulationOptions): Promise<void> {
    for (const meter of this.meters) {
      if (tariff !== undefined) this.announce(meter, tariff);
      this.buy(meter, FIRST_PURCHASE);
    }
    await this.#settle();
    if (topUps) this.#startTopUps(seed);
  }

  #traffic(): number {
    let sum = 0;
    for (const { network } of this.meters) sum += network.traffic;
    return sum;
  }

  /** Until nobody has anything more to say before time goes on. */
  async #settle(): Promise<void> {
    this.#isMarketBusy = false;
    for (let before = -1; this.#traffic() !== before; ) {
      before = this.#traffic();
      await this.#market.settled();
      await settled(() => this.#traffic());
    }
  }

  /** After each cut-off the household buys again, when it gets round to it. */
  #startTopUps(seed: number): void {
    this.meters.forEach((meter, index) => {
      const household = new Household(seed + index);
      meter.onSupplyChange = ({ reason }) => {
        if (reason !== 'exhausted') return;
        const { at, energy } = household.purchaseAfter(this.clock.monotonic() / 1000);
        this.clock.after(at * 1000 - this.clock.monotonic(), () => this.buy(meter, energy));
      };
    });
  }
}

/** What a simulation grows from. */
interface Origin {
  readonly crypto: Crypto;
  readonly clock: VirtualClock;
  readonly owner: SigningKey;
  readonly operator: SigningKey;
  readonly households: readonly SigningKey[];
  readonly m3terIds: readonly bigint[];
}

function originOf({ seed, meters, chain, start = 0 }: SimulationOptions): Origin {
  const prng = new Prng(seed);
  const random = prng.fork('random');
  const m3terIds = Array.from({ length: meters }, (_, index) => BigInt(index + 1));
  const clock = new VirtualClock(START_TIME);
  clock.runUntil(start * 1000);
  return {
    crypto: withNativeSignatures(createCrypto(length => random.bytes(length))),
    clock,
    owner: keyFrom(prng.fork('owner')),
    operator: keyFrom(prng.fork('operator')),
    households: chain === 'none' ? [] : m3terIds.map(id => keyFrom(prng.fork(`household ${id}`))),
    m3terIds,
  };
}

/** What only a chain needs is loaded when there is one. */
async function openChain({ chain }: SimulationOptions, origin: Origin): Promise<SimulatedChain | undefined> {
  if (chain === 'none') return undefined;
  const { SimulatedChain } = await import('./chain/simulated-chain');
  return SimulatedChain.open(chain, { ...origin, start: origin.clock.now() ?? 0 });
}

async function openMarket(
  chain: SimulatedChain | undefined,
  broker: Broker,
  { longestWait = DAY }: SimulationOptions,
  { crypto, clock, operator: key, m3terIds }: Origin,
): Promise<Operator | SimulatedMarket> {
  if (chain !== undefined) {
    const { SimulatedMarket } = await import('./chain/simulated-market');
    return SimulatedMarket.open(chain, { crypto, broker, key, now: () => clock.now() ?? 0, longestWait });
  }
  const operator = new Operator(crypto, key, NO_REGISTRY, broker.client('operator'));
  for (const m3terId of m3terIds) await operator.open(m3terId);
  return operator;
}

function keyFrom(prng: Prng): SigningKey {
  const key = signingKey(createCrypto(), prng.bytes(32));
  if (!key.ok) throw new Error(`key: expected a usable secret, got ${key.fault}`);
  return key.value;
}
