import { kilowattHours } from '../../firmware/energy';
import type { TariffSetting } from '../../firmware/ledger/tariff-setting';
import { ORDER_STATES } from '../../firmware/supply/supply';
import { Failure } from '../errors';
import type { LiveSimulation } from '../live-simulation';
import type { SimulatedMeter } from '../simulated-meter';
import type { Simulation } from '../simulation';
import { TIME_OF_USE } from '../time-of-use';
import { formatPower } from '../view/format';
import { orderText } from './order-text';
import type { PageAction } from './page-action';
import type { Controls } from './page-state';

type MeterAction = Exclude<PageAction, { readonly kind: 'speed' | 'pause' }>;
type Act<Kind> = (
  meter: SimulatedMeter,
  action: Extract<MeterAction, { kind: Kind }>,
) => string | Promise<string>;

/** xDAI that one can pay, or kWh that one can buy where there is no money */
const AMOUNTS = [1, 5];
/** The stablecoin's smallest units in one */
const XDAI = 10n ** 18n;
/** Tariffs to try, by the name that the page shows */
const TARIFFS: Readonly<Record<string, Pick<TariffSetting, 'feedInFactor' | 'bands'>>> = {
  flat: { feedInFactor: 0, bands: [] },
  'time of use': TIME_OF_USE,
  double: { feedInFactor: 0, bands: [{ fromMinute: 0, toMinute: 1440, days: 127, factor: 2000 }] },
};

/** What was changed from the page, and no part of the world remembers. */
interface Settings {
  clouds: number | null;
  tariff: string;
  version: number;
  supply: boolean;
  limit: number;
}

/** What the page's controls do with a simulation. */
export class SimulationControls {
  readonly #simulation: Simulation;
  readonly #live: LiveSimulation;
  readonly #settings = new Map<bigint, Settings>();

  constructor(simulation: Simulation, live: LiveSimulation) {
    this.#simulation = simulation;
    this.#live = live;
  }

  /** Those there are for a meter, and how they stand. */
  of(meter: SimulatedMeter): Controls {
    const { clouds, tariff, supply, limit } = this.#settingsOf(meter);
    return {
      pay: { unit: this.#unit, amounts: AMOUNTS },
      ask: true,
      load: meter.home.house.testLoad,
      clouds,
      plugged: meter.isPlugged,
      network: meter.network.online,
      caseOpen: meter.tamper.isOpen(),
      welded: meter.relay.isWelded,
      tariff: { name: tariff, choices: Object.keys(TARIFFS) },
      supply,
      limit,
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
    load: (meter, { watts }) => this.#setLoad(meter, watts),
    clouds: (meter, { cover }) => {
      meter.home.house.setCloudCover(cover ?? undefined);
      this.#settingsOf(meter).clouds = cover;
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
    tariff: (meter, { name }) => this.#setTariff(meter, name),
    supply: (meter, { on }) => this.#order(meter, { supply: on }),
    limit: (meter, { watts }) => this.#order(meter, { limit: watts }),
  };

  get #unit(): 'xDAI' | 'kWh' {
    return this.#simulation.chainMarket === undefined ? 'kWh' : 'xDAI';
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

  #setTariff(meter: SimulatedMeter, name: string): string {
    const tariff = TARIFFS[name];
    if (tariff === undefined || !Object.hasOwn(TARIFFS, name)) throw new Failure('There is no such tariff');
    const version = this.#nextVersion(meter);
    this.#simulation.announce(meter, { ...tariff, version, validFrom: Math.floor(this.#simulation.time) });
    this.#settingsOf(meter).tariff = name;
    return `Tariff: ${name}`;
  }

  #order(meter: SimulatedMeter, change: Partial<Pick<Settings, 'supply' | 'limit'>>): string {
    const version = this.#nextVersion(meter);
    const { supply, limit } = Object.assign(this.#settingsOf(meter), change);
    const { m3terId } = meter;
    const state = supply ? ORDER_STATES.on : ORDER_STATES.off;
    this.#simulation.order(meter, { m3terId, version, state, powerLimit: limit, until: 0 });
    return orderText(supply, limit);
  }

  /** Versions go by the time, so that they are above any that was given before. */
  #nextVersion(meter: SimulatedMeter): number {
    const settings = this.#settingsOf(meter);
    settings.version = Math.max(settings.version + 1, Math.floor(this.#simulation.time));
    return settings.version;
  }

  #changeSpeed(change: 'faster' | 'slower'): string {
    this.#live.actions[change]();
    return `${this.#live.getState().speed} × real time`;
  }

  #pause(on: boolean): string {
    if (this.#live.getState().paused !== on) this.#live.actions.togglePause();
    return on ? 'Paused' : 'Goes on';
  }

  #settingsOf({ m3terId }: SimulatedMeter): Settings {
    const known = this.#settings.get(m3terId);
    if (known !== undefined) return known;
    const tariff = nameOf(this.#simulation.tariff);
    const settings = { clouds: null, tariff, version: 0, supply: true, limit: 0 };
    this.#settings.set(m3terId, settings);
    return settings;
  }
}

/** Empty for one that is none of those to try. */
function nameOf(tariff: TariffSetting | undefined): string {
  if (tariff === undefined) return 'flat';
  return Object.keys(TARIFFS).find(name => TARIFFS[name]?.bands === tariff.bands) ?? '';
}
