import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { emulatedFlash } from '../../hosts/mock/flash';
import type { Prng } from '../../hosts/mock/prng';
import { M3TER_ID, MeterRig, MINUTE, OPERATOR, OWNER, QUARTER } from '../../test/support/meter-rig';
import { CounterHistory, type Counters, NO_COUNTERS } from './counter-history';
import { FORMER_COUNTERS, restoreFormer } from './former-flash';
import { BrokenPromise } from './promises';
import { type Below, drawFrom, type Victim } from './victim';

/** More than come about before a cut. */
const MOST_ACTS = 1000;
/** s */
const TWO_HOURS = 7200;
/** ms, of a window */
const WINDOW = 200;
/** W */
const LARGEST_LOAD = 20_000;
/** ms until a meter that was offline tries again, and more */
const RETRY = 10_000;
const REGISTERS = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;
const ACTS = [
  'draw',
  'draw',
  'credit',
  'stale',
  'order',
  'policy',
  'roles',
  'acknowledge',
  'quarter',
  'network',
] as const;

/**
 * A whole meter and its broker: loads, credits, orders, readings, and a network that comes and goes. What the broker
 * got is held against what the meter says later.
 */
export class MeterVictim implements Victim {
  readonly #rig: MeterRig;
  readonly #below: Below;
  readonly #counters: CounterHistory;
  #sold: { readonly credited: number; readonly withdrawn: number };
  /** Of directives: above all that the meter was told before. */
  #version = 10;
  /** Readings may be missing: lost on purpose, or made before. */
  #hasGaps: boolean;

  private constructor(rig: MeterRig, prng: Prng, counters: Counters) {
    this.#rig = rig;
    this.#below = drawFrom(prng);
    this.#counters = new CounterHistory(counters);
    this.#sold = counters;
    this.#hasGaps = counters !== NO_COUNTERS;
  }

  /** A new meter, just linked. */
  static async linked(prng: Prng): Promise<MeterVictim> {
    const rig = new MeterRig({ seed: prng.bits() });
    await rig.bootLinked();
    rig.cutPower();
    return new MeterVictim(rig, prng, NO_COUNTERS);
  }

  /** One whose firmware is new, on the flash that the firmware of format 1 left an hour after it was linked. */
  static updated(prng: Prng): MeterVictim {
    const flash = emulatedFlash(prng.bits());
    restoreFormer(flash);
    const rig = new MeterRig({ flash, time: QUARTER + TWO_HOURS });
    return new MeterVictim(rig, prng, { ...FORMER_COUNTERS, acknowledged: 0 });
  }

  get power() {
    return this.#rig.flash.power;
  }

  get worst() {
    return this.#counters.worst;
  }

  async live(cutAt: number): Promise<void> {
    const rig = this.#rig;
    rig.cutPower();
    if (this.#below(30) === 0) this.#loseLog();
    // What the broker retains must not hide that the meter itself has forgotten it.
    rig.network.online = false;
    await rig.boot(cutAt);
    if (!rig.isOn) return;
    this.#checkBoot();
    rig.network.online = this.#below(3) > 0;
    for (let acts = 0; acts < MOST_ACTS && rig.isOn; acts++) {
      await this.#act(ACTS[this.#below(ACTS.length)] as (typeof ACTS)[number]);
      this.#observe(0);
    }
    this.#checkStatements();
  }

  /** All of the log is gone, and only the ledger knows what was stated. */
  #loseLog(): void {
    const { log, power } = this.#rig.flash;
    power.reboot();
    for (let sector = 0; sector < log.size / log.sectorSize; sector++) log.erase(sector);
    this.#hasGaps = true;
  }

  #checkBoot(): void {
    const { meter } = this.#rig;
    const counters = this.#present();
    if (meter.fault !== undefined || counters === undefined)
      throw new BrokenPromise('unreadable boots', `expected a sound meter, got ${meter.fault}`);
    this.#counters.recover(counters);
    if (meter.m3terId !== M3TER_ID)
      throw new BrokenPromise('settings undone', `expected M3ter ${M3TER_ID}, got ${meter.m3terId}`);
    const last = this.#readings().at(-1);
    if (last === undefined) return;
    const lower = REGISTERS.find(name => counters[name] < last[name]);
    if (lower !== undefined)
      throw new BrokenPromise(
        'registers decreased',
        `${lower}: expected ${last[lower]}, got ${counters[lower]}`,
      );
    if (meter.lastReading < last.sequence)
      throw new BrokenPromise(
        'readings forked',
        `expected ${last.sequence} at least, got ${meter.lastReading}`,
      );
  }

  /** The same number never stands for two readings or events, and each reading follows from the one before. */
  #checkStatements(): void {
    this.#readings();
    try {
      this.#rig.events();
    } catch (error) {
      throw new BrokenPromise('readings forked', (error as Error).message);
    }
  }

  #readings() {
    try {
      return this.#rig.readings({ gaps: this.#hasGaps });
    } catch (error) {
      throw new BrokenPromise('readings forked', (error as Error).message);
    }
  }

  /** What the meter shows now; a credit that shows is durable. */
  #observe(milliseconds: number): void {
    const before = this.#counters.counters;
    const counters = this.#present();
    if (counters === undefined) return;
    if (counters.credited > this.#sold.credited || counters.withdrawn > this.#sold.withdrawn)
      throw new BrokenPromise(
        'credits doubled',
        `expected ${this.#sold.credited} mWh, got ${counters.credited}`,
      );
    const line = counters.imported - before.imported + counters.exported - before.exported;
    this.#counters.become(counters, { line, phases: 0, duration: milliseconds * 1000 });
    const isCredited = counters.credited > before.credited || counters.withdrawn > before.withdrawn;
    if (isCredited && this.#rig.isOn) this.#counters.settle();
  }

  #present(): Counters | undefined {
    const { registers } = this.#rig.meter;
    if (registers === undefined) return undefined;
    const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
    // A restart may cost acknowledgements, which the broker repeats.
    return { ...NO_COUNTERS, imported, exported, debited, credited, withdrawn, feedIn };
  }

  #act(act: (typeof ACTS)[number]): Promise<void> {
    const rig = this.#rig;
    const version = ++this.#version;
    const { address: owner } = OWNER;
    switch (act) {
      case 'draw':
        return this.#draw();
      case 'credit':
        return this.#sell();
      case 'stale':
        return rig.credit(this.#below(this.#sold.credited + 1));
      case 'order':
        return rig.instruct('supply', { version, state: 1, powerLimit: 0, until: 0 });
      case 'policy':
        return rig.instruct('policy', { ...INITIAL_POLICY, version }, OWNER);
      case 'roles':
        return rig.instruct('roles', { version, owner, operator: OPERATOR.address }, OWNER);
      case 'acknowledge':
        return this.#acknowledge();
      case 'quarter':
        return rig.pass(15 * MINUTE);
      case 'network':
        rig.network.online = !rig.network.online;
        return rig.pass(RETRY);
    }
  }

  async #draw(): Promise<void> {
    const watts = this.#below(LARGEST_LOAD + 1) * (this.#below(5) === 0 ? -1 : 1);
    for (let windows = this.#below(60); windows > 0 && this.#rig.isOn; windows--) {
      this.#rig.powered(() => this.#rig.draw(watts, WINDOW));
      this.#observe(WINDOW);
    }
    await this.#rig.pass(WINDOW);
  }

  /** No more than what the broker has. */
  #acknowledge(): Promise<void> {
    const received = this.#readings().at(-1)?.sequence ?? 0;
    return this.#rig.instruct('acknowledged', { sequence: this.#below(received + 1) });
  }

  #sell(): Promise<void> {
    const credited = this.#sold.credited + this.#below(1_000_000);
    const withdrawn = Math.min(credited, this.#sold.withdrawn + this.#below(2) * this.#below(100_000));
    this.#sold = { credited, withdrawn };
    return this.#rig.credit(credited, withdrawn);
  }
}
