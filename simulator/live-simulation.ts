import { addressText } from '../firmware/attest/address';
import { kilowattHours, type MilliwattHours, milliwattHours } from '../firmware/energy';
import type { AskFault, Granted } from '../firmware/supply/supply';
import { createCrypto } from '../hosts/node/crypto';
import { chainView, eventViews, lineView, purchaseViews, readingViews } from './live-views';
import { PowerHistory } from './power-history';
import type { SimulatedMeter } from './simulated-meter';
import type { Simulation } from './simulation';
import type { SimulationActions, SimulationState, SimulationStore } from './view/state';

/** ms between two steps of the simulation, each of as much simulated time as the speed says */
const STEP = 50;
/** s of simulated time that one step may take on at most: keys must stay responsive at any speed */
const LONGEST_STEP = 900;
/** Simulated seconds per second that one can change to */
const SPEEDS = [1, 10, 60, 300, 1000, 3000, 10000, 20000];
/** ms for which a message stands */
const MESSAGE_TIME = 6000;
const ONE_PURCHASE = kilowattHours(1);
/** Of the stablecoin, in its smallest unit. */
const ONE_XDAI = 10n ** 18n;
/** To who asks for supply at the meter. */
const ANSWERS: Readonly<Record<Granted | AskFault, string>> = {
  emergency: 'emergency credit taken',
  armed: 'supply was asked for, and comes back',
  'not-needed': 'nothing to ask for: the balance is not low',
  'not-allowed': 'the policy or an order allows nothing to be asked for',
  used: 'the emergency credit is used until the next purchase',
  'flash-failed': 'the flash failed: nothing changed',
};

/** A simulation at a chosen pace, with its first meter to look at and to play with. */
export class LiveSimulation implements SimulationStore {
  readonly #simulation: Simulation;
  readonly #shown: SimulatedMeter;
  /** Stands where there is nothing to be said. */
  notice = '';
  readonly #listeners = new Set<() => void>();
  readonly #crypto = createCrypto();
  readonly #history: PowerHistory;
  /** What the meter's register said last: an unplugged meter cannot be asked. */
  #metered: MilliwattHours = milliwattHours(0);
  #speed: number;
  #paused = false;
  #stopped = false;
  #message: { readonly text: string; readonly at: number } | undefined;
  #state: SimulationState;

  /** @param speed simulated seconds per second */
  constructor(simulation: Simulation, speed: number) {
    const [first] = simulation.meters;
    if (first === undefined) throw new RangeError('simulation: expected a meter, got none');
    this.#simulation = simulation;
    this.#shown = first;
    this.#speed = speed;
    this.#history = new PowerHistory(first, simulation.time);
    this.#state = this.#snapshot();
  }

  readonly actions: SimulationActions = {
    buy: () => {
      this.#simulation.buy(this.#shown, ONE_PURCHASE);
      this.#say('1 kWh bought');
    },
    pay: () => {
      if (this.#simulation.chainMarket === undefined) return;
      this.#simulation.pay(this.#shown, ONE_XDAI);
      this.#say('1 xDAI paid');
    },
    ask: () => {
      const asked = this.#shown.meter?.ask();
      if (asked !== undefined) this.#say(ANSWERS[asked.ok ? asked.value : asked.fault]);
    },
    toggleNetwork: () => {
      const { network } = this.#shown;
      network.online = !network.online;
      this.#say(network.online ? 'network restored' : 'network cut: the meter goes on by itself');
    },
    togglePlug: () => {
      const shown = this.#shown;
      if (shown.isPlugged) shown.pullPlug();
      else shown.plugIn();
      this.#say(shown.isPlugged ? 'meter plugged in' : 'plug pulled: nothing was saved, nobody was told');
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
    const simulation = this.#simulation;
    while (simulation.time < until) {
      // by steps of the history, so that it has a value for each
      await simulation.runUntil(Math.min(until, this.#history.next));
      if (simulation.time >= this.#history.next) this.#history.add(this.#shown);
    }
    this.#publish();
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
      address: account.device === undefined ? '' : addressText(this.#crypto, account.device),
      line: lineView(this.#shown),
      balance: meter?.balance,
      lowBalance: meter?.isBalanceLow ?? false,
      forecast: meter?.forecast,
      closed: meter?.supply.closed ?? false,
      reason: meter?.supply.reason ?? 'unplugged',
      networkUp: network.online,
      plugged: this.#shown.isPlugged,
      appliances: home.house.loads().filter(({ on }) => on),
      solarPower: home.house.solarPower,
      powerHistory: [...this.#history.values],
      powerHistoryStep: this.#history.step,
      readings: readingViews(account),
      metered: this.#metered,
      trueEnergy: home.imported,
      purchases: purchaseViews(this.#simulation.purchases, m3terId),
      events: eventViews(account),
      chain: chainView(this.#simulation, this.#shown),
      message: this.#currentMessage(meter?.supply.reason),
    };
  }

  #currentMessage(reason: string | undefined): string {
    if (this.#message !== undefined && performance.now() - this.#message.at < MESSAGE_TIME)
      return this.#message.text;
    if (reason !== 'exhausted') return this.notice;
    const pays = this.#simulation.chainMarket === undefined ? '' : 'p pays 1 xDAI, ';
    return `the balance is used up: ${pays}b buys 1 kWh`;
  }
}
