import { kilowattHours } from '../../firmware/energy';
import { Failure } from '../errors';
import type { LiveSimulation } from '../live-simulation';
import type { SimulatedMeter } from '../simulated-meter';
import type { Simulation } from '../simulation';
import { formatMoney, formatPower } from '../view/format';
import type { PageAction } from './page-action';
import type { Controls } from './page-state';
import { SimulationOrders } from './simulation-orders';

type MeterAction = Exclude<PageAction, { readonly kind: 'speed' | 'pause' }>;
type Act<Kind> = (
  meter: SimulatedMeter,
  action: Extract<MeterAction, { kind: Kind }>,
) => string | Promise<string>;

/** Of the simulation's stablecoin. */
export const CURRENCY = 'xDAI';
/** xDAI that one can pay, or kWh that one can buy where there is no money */
const AMOUNTS = [1, 5];
/** The stablecoin's smallest units in one */
const XDAI = 10n ** 18n;
/** xDAI that a kWh can be made to cost */
const PRICES = [0.1, 0.25, 0.5, 1];

/** What the page's controls do with a simulation. */
export class SimulationControls {
  readonly #simulation: Simulation;
  readonly #live: LiveSimulation;
  readonly #orders: SimulationOrders;
  /** By M3ter, where somebody has chosen them */
  readonly #clouds = new Map<bigint, number>();

  constructor(simulation: Simulation, live: LiveSimulation) {
    this.#simulation = simulation;
    this.#live = live;
    this.#orders = new SimulationOrders(simulation);
  }

  /** Those there are for a meter, and how they stand. */
  of(meter: SimulatedMeter): Controls {
    const price = this.#priceOf(meter);
    return {
      pay: { unit: this.#unit, amounts: AMOUNTS },
      ...(price !== undefined && { price: { amount: price, currency: CURRENCY, choices: PRICES } }),
      ask: true,
      load: meter.home.house.testLoad,
      clouds: this.#clouds.get(meter.m3terId) ?? null,
      plugged: meter.isPlugged,
      network: meter.network.online,
      caseOpen: meter.tamper.isOpen(),
      welded: meter.relay.isWelded,
      ...this.#orders.of(meter),
    };
  }

  /** @throws Failure when there is no such meter, or what is asked for cannot be done here */
  async act(action: PageAction): Promise<string> {
    if (action.kind === 'speed') return this.#changeSpeed(action.change);
    if (action.kind === 'pause') return this.#pause(action.on);
    const meter = this.#simulation.meters.find(({ m3terId }) => String(m3terId) === action.m3terId);
    if (meter === undefined) throw new Failure(`M3ter ${action.m3terId} is not one of these`);
    const act = this.#acts[action.kind] as Act<MeterAction['kind']>;
    return act(meter, action);
  }

  readonly #acts: { readonly [Kind in MeterAction['kind']]: Act<Kind> } = {
    pay: (meter, { amount }) => this.#pay(meter, amount),
    ask: meter => {
      const asked = meter.meter?.ask();
      if (asked === undefined) throw new Failure('The meter has no power');
      return asked.ok ? `Asked at the meter: ${asked.value}` : `Nothing to ask for: ${asked.fault}`;
    },
    price: (meter, { amount }) => this.#setPrice(meter, amount),
    load: (meter, { watts }) => this.#setLoad(meter, watts),
    clouds: (meter, { cover }) => {
      meter.home.house.setCloudCover(cover ?? undefined);
      if (cover === null) this.#clouds.delete(meter.m3terId);
      else this.#clouds.set(meter.m3terId, cover);
      return cover === null ? 'The weather decides' : `Clouds over ${Math.round(100 * cover)} % of the sky`;
    },
    plug: (meter, { on }) => {
      if (on) meter.plugIn();
      else meter.pullPlug();
      return on ? 'Meter plugged in' : 'Plug pulled: nothing was saved, nobody was told';
    },
    network: (meter, { on }) => {
      meter.network.online = on;
      return on ? 'Network restored' : 'Network cut: the meter goes on by itself';
    },
    tamper: (meter, { on }) => {
      meter.tamper.setOpen(on);
      return on ? 'The case is open' : 'The case is closed';
    },
    weld: (meter, { on }) => {
      meter.relay.setWelded(on);
      return on ? "The relay's contacts are welded" : "The relay's contacts are free";
    },
    tariff: (meter, { name }) => this.#orders.setTariff(meter, name),
    supply: (meter, { on }) => this.#orders.order(meter, { supply: on }),
    limit: (meter, { watts }) => this.#orders.order(meter, { limit: watts }),
  };

  get #unit(): string {
    return this.#simulation.chainMarket === undefined ? 'kWh' : CURRENCY;
  }

  /** xDAI; undefined where there is no chain */
  #priceOf({ m3terId }: SimulatedMeter): number | undefined {
    const price = this.#simulation.chainMarket?.price(m3terId);
    return price === undefined ? undefined : Number(price) / Number(XDAI);
  }

  /** The transaction is the owner's, and under way. */
  #setPrice(meter: SimulatedMeter, amount: number): string {
    if (this.#priceOf(meter) === undefined) throw new Failure('There is no chain, and so no price');
    if (!PRICES.includes(amount))
      throw new Failure(`Expected a price of ${PRICES.join(', ')} ${CURRENCY}, got ${amount}`);
    this.#simulation.setPrice(meter, BigInt(Math.round(amount * 100)) * (XDAI / 100n));
    return `A kWh costs ${formatMoney(amount)} from now on`;
  }

  #pay(meter: SimulatedMeter, amount: number): string {
    const isOffered = AMOUNTS.includes(amount);
    if (!isOffered) throw new Failure(`Expected to pay ${AMOUNTS.join(' or ')} ${this.#unit}, got ${amount}`);
    if (this.#unit === 'kWh') this.#simulation.buy(meter, kilowattHours(amount));
    else this.#simulation.pay(meter, BigInt(amount) * XDAI);
    return `${amount} ${this.#unit} ${this.#unit === 'kWh' ? 'bought' : 'paid'}`;
  }

  /** The truth about the energy is brought up to date before the load changes. */
  #setLoad({ home }: SimulatedMeter, watts: number): string {
    home.line(this.#simulation.clock.monotonic() * 1000);
    home.house.setTestLoad(watts);
    return watts === 0 ? 'Test load off' : `Test load of ${formatPower(watts)}`;
  }

  #changeSpeed(change: 'faster' | 'slower'): string {
    this.#live.actions[change]();
    return `${this.#live.getState().speed} × real time`;
  }

  #pause(on: boolean): string {
    if (this.#live.getState().paused !== on) this.#live.actions.togglePause();
    return on ? 'Paused' : 'Goes on';
  }
}
