import { addressText } from '../firmware/attest/address';
import { EVENT_CODES } from '../firmware/attest/event';
import { kilowattHours, type MilliwattHours, milliwattHours } from '../firmware/energy';
import { createCrypto } from '../hosts/node/crypto';
import type { Account } from './operator';
import type { SimulatedMeter } from './simulated-meter';
import type { Simulation } from './simulation';
import type {
  EventView,
  LineView,
  ReadingView,
  SimulationActions,
  SimulationState,
  SimulationStore,
} from './view/state';

/** ms between two steps of the simulation, each of as much simulated time as the speed says */
const STEP = 50;
/** s of simulated time that one step may take on at most: keys must stay responsive at any speed */
const LONGEST_STEP = 900;
/** s of simulated time between two values of the power history, and how many are kept */
const HISTORY_STEP = 120;
const HISTORY_LENGTH = 120;
const SPEEDS = [1, 10, 60, 300, 1000, 3000, 10000, 20000];
const RECENT = 12;
/** ms for which a message stands */
const MESSAGE_TIME = 6000;
const ONE_PURCHASE = kilowattHours(1);

/** A simulation at a chosen pace, with its first meter to look at and to play with. */
export class LiveSimulation implements SimulationStore {
  readonly #simulation: Simulation;
  readonly #shown: SimulatedMeter;
  readonly #listeners = new Set<() => void>();
  readonly #history: number[] = [];
  #historyFrom: { readonly time: number; readonly energy: number };
  #metered = milliwattHours(0);
  #speed: number;
  #paused = false;
  #stopped = false;
  #message = { text: '', at: 0 };
  #state: SimulationState;

  /** @param speed simulated seconds per second */
  constructor(simulation: Simulation, speed: number) {
    const [first] = simulation.meters;
    if (first === undefined) throw new RangeError('simulation: expected a meter, got none');
    this.#simulation = simulation;
    this.#shown = first;
    this.#speed = speed;
    this.#historyFrom = { time: simulation.time, energy: netEnergy(first) };
    this.#state = this.#snapshot();
  }

  readonly actions: SimulationActions = {
    buy: () => {
      this.#simulation.buy(this.#shown, ONE_PURCHASE);
      this.#say('1 kWh bought');
    },
    toggleNetwork: () => {
      const { network } = this.#shown;
      network.online = !network.online;
      this.#say(network.online ? 'network restored' : 'network cut: the meter goes on by itself');
    },
    togglePlug: () => {
      if (this.#shown.isPlugged) this.#shown.pullPlug();
      else this.#shown.plugIn();
      this.#say(
        this.#shown.isPlugged ? 'meter plugged in' : 'plug pulled: nothing was saved, nobody was told',
      );
    },
    faster: () => this.#changeSpeed(SPEEDS.find(speed => speed > this.#speed)),
    slower: () => this.#changeSpeed(SPEEDS.findLast(speed => speed < this.#speed)),
    togglePause: () => {
      this.#paused = !this.#paused;
      this.#publish();
    },
    quit: () => {
      this.#stopped = true;
    },
  };

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  getState(): SimulationState {
    return this.#state;
  }

  /** Runs until `until` (Unix seconds, simulated), or until somebody quits. */
  async run(until: number): Promise<void> {
    const simulation = this.#simulation;
    let last = performance.now();
    while (!this.#stopped && simulation.time < until) {
      await new Promise(resolve => setTimeout(resolve, STEP));
      const now = performance.now();
      const step = this.#paused ? 0 : Math.min(LONGEST_STEP, ((now - last) / 1000) * this.#speed);
      last = now;
      await this.advance(Math.min(until, simulation.time + step));
    }
  }

  /** Goes on to `until` (Unix seconds, simulated) as fast as it can; the listeners hear of it at the end. */
  async advance(until: number): Promise<void> {
    // By steps of the history, so that it has a value for each.
    for (let time = this.#simulation.time; time < until; ) {
      time = Math.min(until, this.#historyFrom.time + HISTORY_STEP);
      await this.#simulation.runUntil(time);
      if (time >= this.#historyFrom.time + HISTORY_STEP) this.#remember(time);
    }
    this.#publish();
  }

  #remember(time: number): void {
    const energy = netEnergy(this.#shown);
    this.#history.push(((energy - this.#historyFrom.energy) * 3.6) / HISTORY_STEP);
    this.#history.splice(0, this.#history.length - HISTORY_LENGTH);
    this.#historyFrom = { time, energy };
  }

  #changeSpeed(speed: number | undefined): void {
    this.#speed = speed ?? this.#speed;
    this.#publish();
  }

  #say(message: string): void {
    this.#message = { text: message, at: performance.now() };
    this.#publish();
  }

  #publish(): void {
    this.#state = this.#snapshot();
    for (const listener of this.#listeners) listener();
  }

  #snapshot(): SimulationState {
    const { home, meter, m3terId, network } = this.#shown;
    const account = this.#simulation.account(this.#shown);
    this.#metered = meter?.registers?.imported ?? this.#metered;
    return {
      time: Math.floor(this.#simulation.time),
      speed: this.#speed,
      paused: this.#paused,
      m3terId,
      address: account.device === undefined ? '' : addressText(createCrypto(), account.device),
      line: lineView(this.#shown),
      balance: meter?.balance,
      lowBalance: meter?.isBalanceLow ?? false,
      closed: meter?.supply.closed ?? false,
      reason: meter?.supply.reason ?? 'unplugged',
      networkUp: network.online,
      plugged: this.#shown.isPlugged,
      appliances: home.house.loads().filter(({ on }) => on),
      solarPower: home.house.solarPower,
      powerHistory: [...this.#history],
      powerHistoryStep: HISTORY_STEP,
      readings: readingViews(account),
      metered: this.#metered,
      trueEnergy: home.imported,
      purchases: this.#purchases(),
      events: eventViews(account),
      message: this.#currentMessage(meter?.supply.reason),
    };
  }

  #purchases(): { readonly time: number; readonly energy: MilliwattHours }[] {
    const own = this.#simulation.purchases.filter(({ m3terId }) => m3terId === this.#shown.m3terId);
    return own.slice(-RECENT).map(({ at, energy }) => ({ time: at, energy }));
  }

  #currentMessage(reason: string | undefined): string {
    if (performance.now() - this.#message.at < MESSAGE_TIME) return this.#message.text;
    return reason === 'exhausted' ? 'the balance is used up: b buys 1 kWh' : '';
  }
}

/** mWh that went into the house, less what came out */
function netEnergy({ home }: SimulatedMeter): number {
  return home.imported - home.exported;
}

function lineView({ meter }: SimulatedMeter): LineView {
  const phase = meter?.measurement.phases[0];
  const { voltage = 0, current = 0, activePower = 0, powerFactor = 1 } = phase ?? {};
  return { voltage, current, activePower, powerFactor, frequency: meter?.measurement.frequency ?? 0 };
}

function readingViews({ readings, acknowledged }: Account): ReadingView[] {
  return readings.slice(-RECENT).map(({ reading, problems }) => ({
    sequence: reading.sequence,
    time: reading.timestamp,
    imported: milliwattHours(reading.imported),
    verified: problems.length === 0 ? 'verified' : 'bad',
    acknowledged: reading.sequence <= acknowledged,
  }));
}

const EVENT_NAMES = new Map<number, string>(
  Object.entries(EVENT_CODES).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`),
  ]),
);

function eventViews({ events }: Account): EventView[] {
  return events.slice(-RECENT).map(({ timestamp, code }) => ({
    time: timestamp,
    text: EVENT_NAMES.get(code) ?? `event ${code}`,
  }));
}
