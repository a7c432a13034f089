import type { Line } from '../hosts/mock/front-end';
import type { House } from './house/house';

const MILLIWATT_HOURS_PER_JOULE = 1 / 3.6;

/** A house behind its meter: what the front end is wired to, and the truth about the energy that went through. */
export class Home {
  readonly house: House;
  #imported = 0;
  #exported = 0;
  /** µs up to which the energy is counted */
  #counted = 0;
  readonly #phase = { activePower: 0, reactivePower: 0 };
  readonly #line = { voltage: 0, frequency: 0, phases: [this.#phase], until: 0 };

  /** @param house disconnected at first, like the relay */
  constructor(house: House) {
    this.house = house;
    house.setConnected(false);
  }

  /** mWh that was taken from the grid, exactly, as a fraction */
  get imported(): number {
    return this.#imported * MILLIWATT_HOURS_PER_JOULE;
  }

  /** mWh that was given to the grid */
  get exported(): number {
    return this.#exported * MILLIWATT_HOURS_PER_JOULE;
  }

  /** The front end's question, a `World`: the same object each time. @param time µs, never going back */
  readonly line = (time: number): Line => {
    this.#advance(time);
    const { house } = this;
    this.#line.voltage = house.voltage;
    this.#line.frequency = house.frequency;
    this.#phase.activePower = house.activePower;
    this.#phase.reactivePower = house.reactivePower;
    this.#line.until = house.nextChange * 1e6;
    return this.#line;
  };

  /** What the relay does. @param time µs; one before the last that the front end asked about counts as that one */
  setConnected(connected: boolean, time: number): void {
    this.#advance(Math.max(time, this.#counted));
    this.house.setConnected(connected);
  }

  /** The house goes on by steps of its own changes, so that none is missed between two questions. */
  #advance(time: number): void {
    while (this.#counted < time) {
      const until = Math.min(time, this.house.nextChange * 1e6);
      const joules = (this.house.activePower * (until - this.#counted)) / 1e6;
      if (joules > 0) this.#imported += joules;
      else this.#exported -= joules;
      this.#counted = until;
      this.house.advance(until / 1e6);
    }
  }
}
