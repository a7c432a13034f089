import { Prng } from '../../hosts/mock/prng';
import { judge } from './judgement';
import type { Part } from './parties';
import type { Breach } from './promises';
import { CALM, Fate, STORM } from './weather';
import { type Customer, World } from './world';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** ms in which all that was delayed comes in: four readings */
const CALM_TIME = HOUR + MINUTE;
/** Writes and erases to the one that is torn: those of a few minutes, or of a start */
const REACH = 40;
const START_REACH = 12;

/** ms from one to the next on average, at pace 1 */
const EVERY = {
  powerCut: 6 * HOUR,
  outage: 10 * HOUR,
  operatorAway: 15 * HOUR,
  brokerStop: 20 * HOUR,
  purchase: 9 * HOUR,
  tariff: 40 * HOUR,
  policy: 40 * HOUR,
  order: 30 * HOUR,
  withdrawal: 30 * HOUR,
  rotation: 40 * HOUR,
  transfer: 60 * HOUR,
  presumption: 10 * HOUR,
} as const;

export interface ChaosOptions {
  /** Letters and digits */
  readonly seed: string;
  readonly days: number;
  readonly meters: number;
  /** How many times as much goes wrong as does in a month; 1 when absent */
  readonly pace?: number;
  readonly signal?: AbortSignal;
  readonly onBreach?: (breach: Breach) => void;
  /** @param day simulated, fractional */
  readonly onProgress?: (day: number) => void;
}

export interface ChaosReport {
  /** What went wrong, and how often. */
  readonly counts: Readonly<Record<string, number>>;
  readonly breaches: readonly Breach[];
  /** mWh, the most that one power cut has cost */
  readonly worstLoss: number;
  /** SHA-256 of all that the operator got, in its order */
  readonly digest: string;
}

/** Days in which everything fails at once, then an hour of calm, and then the judgement. The same seed, the same days. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, days, meters, signal, onBreach, onProgress } = options;
  const world = await World.open(seed, meters);
  world.onBreach = onBreach;
  const chaos = new Chaos(world, new Prng(seed).fork('chaos'), options.pace ?? 1);
  chaos.begin();
  for (let hour = 1; hour <= days * 24 && !signal?.aborted; hour++) {
    await world.runUntil(hour * HOUR);
    onProgress?.(hour / 24);
  }
  await chaos.end();
  await world.runUntil(world.time + CALM_TIME);
  world.judge((customer, onBreach) =>
    judge(customer, customer.operator.account(customer.meter.m3terId), onBreach),
  );
  const report = {
    counts: chaos.counts(),
    breaches: world.breaches,
    worstLoss: Math.max(...world.customers.map(({ meter }) => meter.worstLoss)),
    digest: world.digest,
  };
  await world.close();
  return report;
}

/** Makes the weather of a world. */
class Chaos {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #pace: number;
  readonly #counts = { outages: 0, operatorAbsences: 0, brokerRestarts: 0, statesLost: 0 };
  #isOver = false;

  constructor(world: World, prng: Prng, pace: number) {
    this.#world = world;
    this.#prng = prng;
    this.#pace = pace;
  }

  begin(): void {
    const { line, customers } = this.#world;
    line.isStormy = true;
    for (const customer of customers) this.#batter(customer);
    const fate = new Fate(this.#prng.fork('common'));
    this.#every(EVERY.operatorAway, fate, () => {
      this.#counts.operatorAbsences++;
      this.#world.soon(() => line.disconnect());
      this.#later(fate.wait(30 * MINUTE), () => this.#world.soon(() => this.#world.connectOperator()));
    });
    this.#every(EVERY.brokerStop, fate, () => this.#world.soon(() => this.#restartBroker(fate)));
  }

  /** Everybody is there from now on, and nothing fails. */
  async end(): Promise<void> {
    this.#isOver = true;
    const world = this.#world;
    world.line.isStormy = false;
    if (!world.hasBroker) await world.startBroker();
    await world.connectOperator();
    for (const { meter } of world.customers) {
      meter.network.weather = CALM;
      meter.isTimeKnown = true;
      meter.network.isUp = false;
      meter.network.isUp = true;
      if (meter.isOn) meter.spare();
      else meter.switchOn();
    }
  }

  counts(): Readonly<Record<string, number>> {
    const { customers, line } = this.#world;
    const sum = (count: (customer: Customer) => number) =>
      customers.reduce((total, customer) => total + count(customer), 0);
    const formerly = (part: Part) =>
      sum(({ parties: { former } }) => former.filter(party => party.part === part).length);
    const of = (name: keyof Customer['meter']['network']['tally']) =>
      sum(({ meter }) => meter.network.tally[name]);
    return {
      'power cuts': sum(({ meter }) => meter.cuts),
      'network outages': this.#counts.outages,
      'connections dropped': of('dropped'),
      'connections stalled': of('stalled'),
      'packets duplicated': of('duplicated'),
      'messages held back': of('heldBack'),
      'messages replayed': of('replayed'),
      'PUBACKs lost': of('answersLost'),
      'PUBACKs late': of('answersLate'),
      'broker restarts': this.#counts.brokerRestarts,
      'broker states lost': this.#counts.statesLost,
      'operator absences': this.#counts.operatorAbsences,
      'acknowledgements lost': line.lost,
      'acknowledgements late': line.late,
      purchases: sum(({ instructions }) => instructions.purchases),
      withdrawals: sum(({ instructions }) => instructions.withdrawals),
      'operators replaced': formerly('operator'),
      'owners replaced': formerly('owner'),
      'attempts of former parties': sum(({ instructions }) => instructions.presumptions),
      instructions: sum(
        ({ instructions: { versions } }) => versions.tariff + versions.policy + versions.supply,
      ),
      events: sum(({ events }) => events.count),
      readings: sum(({ meter, operator }) => operator.account(meter.m3terId).readings.length),
      'readings sent': sum(({ meter }) => meter.witness.readingsSent),
    };
  }

  #batter({ meter, instructions }: Customer): void {
    const fate = new Fate(this.#prng.fork(`meter ${meter.m3terId}`));
    meter.network.weather = STORM;
    this.#every(EVERY.powerCut, fate, () =>
      meter.cutPower(fate.happens(0.3) ? undefined : 1 + fate.below(REACH)),
    );
    this.#watchPower(meter, fate);
    this.#every(EVERY.outage, fate, () => {
      this.#counts.outages++;
      meter.network.isUp = false;
      this.#later(fate.wait(fate.happens(0.1) ? 12 * HOUR : HOUR), () => {
        meter.network.isUp = true;
      });
    });
    this.#every(EVERY.purchase, fate, () => instructions.sell());
    this.#every(EVERY.tariff, fate, () => instructions.changeTariff());
    this.#every(EVERY.policy, fate, () => instructions.changePolicy());
    this.#every(EVERY.order, fate, () => instructions.order());
    this.#every(EVERY.withdrawal, fate, () => instructions.withdraw());
    this.#every(EVERY.rotation, fate, () => instructions.changeRoles('operator'));
    this.#every(EVERY.transfer, fate, () => instructions.changeRoles('owner'));
    this.#every(EVERY.presumption, fate, () => instructions.presume());
  }

  /** Once it has failed, the power comes back after a while, and sometimes fails again at once; the time comes later. */
  #watchPower(meter: Customer['meter'], fate: Fate): void {
    if (meter.isOn) {
      this.#later(MINUTE / 10, () => this.#watchPower(meter, fate));
      return;
    }
    meter.cuts++;
    this.#later(fate.wait(2 * MINUTE), () => {
      meter.isTimeKnown = fate.happens(0.3);
      meter.switchOn(fate.happens(0.3) ? 1 + fate.below(START_REACH) : undefined);
      this.#later(fate.wait(10 * MINUTE), () => {
        meter.isTimeKnown = true;
      });
      this.#watchPower(meter, fate);
    });
  }

  async #restartBroker(fate: Fate): Promise<void> {
    if (!this.#world.hasBroker) return;
    this.#counts.brokerRestarts++;
    const retained = await this.#world.stopBroker();
    const isLost = fate.happens(0.3);
    if (isLost) this.#counts.statesLost++;
    this.#later(fate.wait(3 * MINUTE), () =>
      this.#world.soon(() => this.#world.startBroker(isLost ? undefined : retained)),
    );
  }

  #every(mean: number, fate: Fate, action: () => void): void {
    this.#later(fate.wait(mean / this.#pace), () => {
      action();
      this.#every(mean, fate, action);
    });
  }

  #later(milliseconds: number, action: () => void): void {
    this.#world.clock.after(milliseconds, () => {
      if (!this.#isOver) action();
    });
  }
}
