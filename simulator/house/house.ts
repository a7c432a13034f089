import { Prng } from '../../hosts/mock/prng';
import { Appliance } from './appliance';
import { APPLIANCES } from './appliances';
import { Grid } from './grid';
import { DEFAULT_SITE, SolarRoof, type SolarSite } from './solar';

/** What an appliance is doing now, to show. */
export interface Load {
  readonly name: string;
  readonly on: boolean;
  /** W */
  readonly power: number;
}

/**
 * A small household with a solar roof behind a meter, on a weak grid. Its state is constant between whole seconds
 * and depends on the seed, the site and the time alone, except that nothing flows while it is disconnected: the
 * family's day goes on regardless, and the roof's inverter stops without a grid.
 */
export class House {
  readonly #appliances: readonly Appliance[];
  readonly #roof: SolarRoof;
  readonly #grid: Grid;
  readonly #feedsGrid: boolean;
  #now = 0;
  #connected = true;
  /** When an appliance or the roof changes next; the grid changes each second. */
  #nextLoadChange = 0;
  #nextChange = 0;
  /** W, of the roof into house and grid */
  #solar = 0;
  /** W, resistive, that somebody has plugged in to see what happens */
  #testLoad = 0;
  #demand = { watts: 0, vars: 0 };
  #activePower = 0;
  #reactivePower = 0;
  #voltage = 0;

  constructor(seed: number, site: SolarSite = DEFAULT_SITE) {
    const prng = new Prng(seed).fork('house');
    this.#appliances = APPLIANCES.map(kind => new Appliance(kind, prng.fork(kind.name)));
    this.#roof = new SolarRoof(site, prng.fork('sky'));
    this.#feedsGrid = site.feedsGrid;
    this.#grid = new Grid(prng.fork('grid'));
    this.advance(0);
  }

  /**
   * Goes on to a time in s since the midnight that begins the first day.
   * @throws RangeError when it lies before the last one, or is not finite.
   */
  advance(to: number): void {
    if (!(to >= this.#now && to < Number.POSITIVE_INFINITY))
      throw new RangeError(`advance: expected a time of ${this.#now} s or later, got ${to}`);
    this.#now = to;
    if (to < this.#nextChange) return;
    this.#grid.advance(to);
    if (to >= this.#nextLoadChange) this.#advanceLoads(to);
    this.#nextChange = Math.min(this.#grid.nextChange, this.#nextLoadChange);
    this.#settle();
  }

  /** Whether the meter's relay lets power through to the house; true at first. */
  setConnected(connected: boolean): void {
    this.#connected = connected;
    this.#settle();
  }

  /** W of an appliance more, resistive and always on, from now on; 0: none. */
  setTestLoad(watts: number): void {
    this.#testLoad = watts;
    this.#addUp();
    this.#settle();
  }

  get testLoad(): number {
    return this.#testLoad;
  }

  /** Part of the sky, 0 to 1, from the next minute on; undefined: as the weather has it. */
  setCloudCover(cover: number | undefined): void {
    this.#roof.setCloudCover(cover);
  }

  /** W through the meter: positive is import, negative export. */
  get activePower(): number {
    return this.#activePower;
  }

  /** var through the meter: positive is inductive. */
  get reactivePower(): number {
    return this.#reactivePower;
  }

  /** V, RMS, at the meter */
  get voltage(): number {
    return this.#voltage;
  }

  /** Hz */
  get frequency(): number {
    return this.#grid.frequency;
  }

  /** W that the roof delivers */
  get solarPower(): number {
    return this.#connected ? this.#solar : 0;
  }

  /** s: until then all of the above stays as it is. */
  get nextChange(): number {
    return this.#nextChange;
  }

  /** Every appliance, always in the same order. */
  loads(): Load[] {
    const test = { name: 'Test load', power: { watts: this.#testLoad } };
    return [...this.#appliances, test].map(({ name, power }) => {
      const watts = this.#connected ? power.watts : 0;
      return { name, on: watts > 0, power: watts };
    });
  }

  #advanceLoads(to: number): void {
    this.#roof.advance(to);
    let next = this.#roof.nextChange;
    for (const appliance of this.#appliances) {
      appliance.advance(to);
      next = Math.min(next, appliance.nextChange);
    }
    this.#nextLoadChange = next;
    this.#addUp();
  }

  #addUp(): void {
    let watts = this.#testLoad;
    let vars = 0;
    for (const { power } of this.#appliances) {
      watts += power.watts;
      vars += power.vars;
    }
    this.#solar = this.#feedsGrid ? this.#roof.power : Math.min(this.#roof.power, watts);
    this.#demand = { watts: watts - this.#solar, vars };
  }

  #settle(): void {
    this.#activePower = this.#connected ? this.#demand.watts : 0;
    this.#reactivePower = this.#connected ? this.#demand.vars : 0;
    this.#voltage = this.#grid.voltage(this.#activePower);
  }
}
