import { ORDER_STATES } from '../../firmware/supply/supply';
import { Failure } from '../errors';
import type { GivenKind } from '../gateway/gateway-account';
import type { SimulatedMeter } from '../simulated-meter';
import type { Simulation } from '../simulation';
import { type GivenDirective, LAST_VERSION, MeterAnswers } from './meter-answers';
import { orderText } from './order-text';
import type { Controls } from './page-state';
import { nameOfTariff, tariffControl, tariffNamed } from './tariff-choices';

/** What one meter was told. */
interface Told {
  supply: boolean;
  /** W; 0: none */
  limit: number;
  tariff: string;
  /** Of tariffs and orders, the highest */
  version: number;
  /** The last of each kind */
  readonly given: Partial<Record<GivenKind, GivenDirective>>;
  readonly answers: MeterAnswers;
}

/** Orders and tariffs that the page gives to the meters of a simulation, in the operator's name. */
export class SimulationOrders {
  readonly #simulation: Simulation;
  readonly #told = new Map<bigint, Told>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** How they stand. */
  of(meter: SimulatedMeter): Pick<Controls, 'tariff' | 'supply' | 'limit' | 'pending'> {
    const { tariff, supply, limit } = this.#of(meter);
    const pending = this.#pendingOf(meter);
    return { tariff: tariffControl(tariff), supply, limit, ...(pending && { pending }) };
  }

  /** @returns what was done. @throws Failure when there is no such tariff, or no version left */
  setTariff(meter: SimulatedMeter, name: string): string {
    const tariff = tariffNamed(name);
    if (tariff === undefined) throw new Failure('There is no such tariff');
    const version = this.#give(meter, 'tariff');
    this.#simulation.announce(meter, { ...tariff, version, validFrom: Math.floor(this.#simulation.time) });
    this.#of(meter).tariff = name;
    return `Tariff: ${name}`;
  }

  /**
   * Changes the order that stands.
   * @returns what was ordered. @throws Failure when there is no version left
   */
  order(meter: SimulatedMeter, change: Partial<Pick<Told, 'supply' | 'limit'>>): string {
    const version = this.#give(meter, 'supply');
    const { supply, limit } = Object.assign(this.#of(meter), change);
    const { m3terId } = meter;
    const state = supply ? ORDER_STATES.on : ORDER_STATES.off;
    this.#simulation.order(meter, { m3terId, version, state, powerLimit: limit, until: 0 });
    return orderText(supply, limit);
  }

  /**
   * Notes that a directive is given. Versions go by the time, so that they are above any that was given before.
   * @returns its version
   */
  #give(meter: SimulatedMeter, kind: GivenKind): number {
    const told = this.#of(meter);
    if (told.version >= LAST_VERSION) throw new Failure('There is no version left for another order');
    const at = Math.floor(this.#simulation.time);
    told.version = Math.max(told.version + 1, at);
    told.given[kind] = { version: told.version, at, after: this.#answersOf(meter).through };
    return told.version;
  }

  /** Undefined while nothing waits for the meter. */
  #pendingOf(meter: SimulatedMeter): Controls['pending'] {
    const { supply, tariff } = this.#of(meter).given;
    if (supply === undefined && tariff === undefined) return undefined;
    const answers = this.#answersOf(meter);
    const pending = {
      supply: supply && answers.pending('supply', supply),
      tariff: tariff && answers.pending('tariff', tariff),
    };
    return (pending.supply ?? pending.tariff) && pending;
  }

  /** With what the meter has told by now. */
  #answersOf(meter: SimulatedMeter): MeterAnswers {
    const { answers } = this.#of(meter);
    const { events } = this.#simulation.account(meter);
    answers.read(events.slice(events.findLastIndex(({ sequence }) => sequence <= answers.through) + 1));
    return answers;
  }

  #of({ m3terId }: SimulatedMeter): Told {
    const known = this.#told.get(m3terId);
    if (known !== undefined) return known;
    // what the meters were told of in the beginning
    const { tariff = { version: 0, feedInFactor: 0, bands: [] } } = this.#simulation;
    const { version } = tariff;
    const orders = { supply: true, limit: 0, tariff: nameOfTariff(tariff), version };
    const told = { ...orders, given: {}, answers: new MeterAnswers() };
    this.#told.set(m3terId, told);
    return told;
  }
}
