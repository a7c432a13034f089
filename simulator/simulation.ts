import { type SigningKey, signingKey } from '../firmware/attest/device-key';
import { type Registry, SigningDomain } from '../firmware/attest/signing-domain';
import { kilowattHours, type MilliwattHours } from '../firmware/energy';
import type { TariffSetting } from '../firmware/ledger/tariff-setting';
import { VirtualClock } from '../hosts/mock/clock';
import { Prng } from '../hosts/mock/prng';
import { createCrypto } from '../hosts/node/crypto';
import { Broker } from './broker';
import { firstCome } from './broker-login';
import { Household } from './house/household';
import { withNativeSignatures } from './native-signatures';
import { type Account, Operator } from './operator';
import { type Fidelity, SimulatedMeter } from './simulated-meter';

export interface SimulationOptions {
  readonly seed: number;
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

/** A chain id that test networks use, and no registry of it: this world has no chain. */
const REGISTRY: Registry = {
  chainId: 31337,
  registry: Uint8Array.from({ length: 20 }, (_, k) => 0x11 * (k % 16)),
};

export interface Purchase {
  /** Unix seconds, simulated */
  readonly at: number;
  readonly m3terId: bigint;
  readonly energy: MilliwattHours;
}

/** Houses, meters, a broker and an operator, in simulated time that goes on only when it is told to. */
export class Simulation {
  readonly clock: VirtualClock;
  readonly meters: readonly SimulatedMeter[];
  readonly operator: Operator;
  readonly broker: Broker;
  readonly #purchases: Purchase[] = [];
  /** The operator has said something that the broker may not have passed on yet. */
  #isOperatorBusy = false;

  private constructor(
    clock: VirtualClock,
    broker: Broker,
    operator: Operator,
    meters: readonly SimulatedMeter[],
  ) {
    this.clock = clock;
    this.broker = broker;
    this.operator = operator;
    this.meters = meters;
  }

  /** The world when every meter is linked and was sold its first energy. */
  static async open(options: SimulationOptions): Promise<Simulation> {
    const { seed, meters, topUps, start = 0, ...house } = options;
    const prng = new Prng(seed);
    const random = prng.fork('random');
    const crypto = withNativeSignatures(createCrypto(length => random.bytes(length)));
    const owner = keyFrom(prng.fork('owner'));
    const operatorKey = keyFrom(prng.fork('operator'));
    const clock = new VirtualClock(START_TIME);
    clock.runUntil(start * 1000);
    const logins = {
      domain: new SigningDomain(crypto, REGISTRY),
      names: ['broker'],
      now: () => clock.now() ?? 0,
      isLinked: firstCome(),
    };
    const broker = await Broker.open({ logins });
    const operator = new Operator(crypto, operatorKey, REGISTRY, broker.client('operator'));
    const ids = Array.from({ length: meters }, (_, index) => BigInt(index + 1));
    for (const m3terId of ids) await operator.open(m3terId);
    const common = { registry: REGISTRY, owner, operator: operatorKey.address, ...house };
    const simulated = ids.map(
      (m3terId, index) =>
        new SimulatedMeter(
          { clock, crypto, network: broker.network() },
          { ...common, m3terId, seed: seed + index },
        ),
    );
    const simulation = new Simulation(clock, broker, operator, simulated);
    for (const { m3terId } of simulated) if (house.tariff) operator.announce(m3terId, house.tariff);
    for (const meter of simulated) simulation.buy(meter, FIRST_PURCHASE);
    await simulation.#settle();
    if (topUps) simulation.#startTopUps(seed);
    return simulation;
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
    return this.operator.account(meter.m3terId);
  }

  /** The operator sells it at once; the meter hears of it as soon as it is reachable. */
  buy({ m3terId, independent }: SimulatedMeter, energy: MilliwattHours): void {
    this.operator.sell(m3terId, energy);
    independent.credit(energy);
    this.#isOperatorBusy = true;
    this.#purchases.push({ at: Math.floor(this.time), m3terId, energy });
  }

  /**
   * Lets simulated time pass up to `time`, in Unix seconds. All that the meters and the broker say to each other is
   * said within the moment of simulated time in which it began, so the same seed gives the same days.
   */
  async runUntil(time: number): Promise<void> {
    const end = (time - START_TIME) * 1000;
    for (let next = this.clock.next; next !== undefined && next <= end; next = this.clock.next) {
      const before = this.#traffic();
      this.clock.runUntil(next);
      if (this.#isOperatorBusy || this.#traffic() !== before) await this.#settle();
    }
    this.clock.runUntil(end);
  }

  /** Lets go of everything; the simulation is over. */
  async close(): Promise<void> {
    for (const meter of this.meters) meter.pullPlug();
    await this.operator.close();
    await this.broker.close();
  }

  #traffic(): number {
    let sum = 0;
    for (const { network } of this.meters) sum += network.traffic;
    return sum;
  }

  /** Until nobody has anything more to say before time goes on. */
  async #settle(): Promise<void> {
    this.#isOperatorBusy = false;
    for (let before = -1; this.#traffic() !== before; ) {
      before = this.#traffic();
      for (const { network } of this.meters) await network.settled();
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

function keyFrom(prng: Prng): SigningKey {
  const key = signingKey(createCrypto(), prng.bytes(32));
  if (!key.ok) throw new Error(`key: expected a usable secret, got ${key.fault}`);
  return key.value;
}
