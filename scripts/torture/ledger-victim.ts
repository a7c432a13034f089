import { applyDirective } from '../../firmware/directives/apply';
import type { Directive, DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import type { MilliwattHours } from '../../firmware/energy';
import { Ledger } from '../../firmware/ledger/ledger';
import { INITIAL_SETTINGS, type Settings } from '../../firmware/ledger/state';
import type { EmulatedFlash } from '../../hosts/mock/flash';
import type { Prng } from '../../hosts/mock/prng';
import { CounterHistory, type Counters, NO_COUNTERS } from './counter-history';
import { BrokenPromise } from './promises';
import { SettingsHistory, settingOf, type Versioned } from './settings-history';
import { type Below, drawFrom, type Victim, weighted } from './victim';

/** What a ledger is made to do, and how often. */
export type LedgerActs = Readonly<Partial<Record<LedgerAct, number>>>;
type LedgerAct = 'consume' | 'credit' | 'staleCredit' | 'set' | 'staleOrder' | 'acknowledge' | 'save';

export interface LedgerStart {
  readonly region: EmulatedFlash;
  readonly acts: LedgerActs;
  /** Of the household, 1 to 3. */
  readonly phases: number;
  /** What the region holds already; absent: nothing. */
  readonly counters?: Counters;
  readonly settings?: Settings;
}

/** More than come about before a cut. */
const MOST_ACTS = 10_000;
/** Longer than what the ledger may keep to itself at any load. */
const MOST_WINDOWS = 70;
/** µs: the shortest of a window, and by how much one may be longer */
const WINDOW = 180_000;
const WINDOW_MORE = 70_000;
const LARGEST_LOAD = 20_000;
const VERSIONED: readonly Versioned[] = [
  ...(['order', 'roles', 'policy', 'calibration', 'readings', 'events', 'eventsDelivered'] as const),
];
const M3TER_ID = 7n;
const SIGNER = new Uint8Array(20);

/** A ledger that counts, is credited and told, by the numbers of a seed, and what it has promised. */
export class LedgerVictim implements Victim {
  readonly #region: EmulatedFlash;
  readonly #below: Below;
  readonly #acts: readonly LedgerAct[];
  readonly #phases: number;
  readonly #counters: CounterHistory;
  readonly #settings: SettingsHistory;

  constructor(
    prng: Prng,
    { region, acts, phases, counters = NO_COUNTERS, settings = INITIAL_SETTINGS }: LedgerStart,
  ) {
    this.#region = region;
    this.#below = drawFrom(prng);
    this.#acts = weighted(acts);
    this.#phases = phases;
    this.#counters = new CounterHistory(counters);
    this.#settings = new SettingsHistory(settings);
  }

  get power() {
    return this.#region.power;
  }

  get worst() {
    return this.#counters.worst;
  }

  live(cutAt: number): void {
    this.power.reboot();
    this.power.cutAt(cutAt);
    const opened = Ledger.open(this.#region);
    if (!opened.ok) throw new BrokenPromise('unreadable boots', `expected a ledger, got ${opened.fault}`);
    const ledger = opened.value;
    this.#counters.recover(countersOf(ledger));
    this.#settings.recover(ledger.settings);
    for (let acts = 0; acts < MOST_ACTS; acts++) {
      this.#act(ledger, this.#acts[this.#below(this.#acts.length)] as LedgerAct);
      this.#assertAsExpected(ledger);
    }
  }

  #act(ledger: Ledger, act: LedgerAct): void {
    const acts = {
      consume: () => this.#consume(ledger),
      credit: () => this.#credit(ledger),
      staleCredit: () => this.#staleCredit(ledger),
      set: () => this.#set(ledger, VERSIONED[this.#below(VERSIONED.length)] as Versioned),
      staleOrder: () => this.#staleOrder(ledger),
      acknowledge: () => this.#acknowledge(ledger),
      save: () => this.#save(ledger),
    };
    acts[act]();
  }

  /** A load that stays for some windows. */
  #consume(ledger: Ledger): void {
    const watts = this.#below(4) === 0 ? this.#below(3) * 20 : this.#below(LARGEST_LOAD + 1);
    const isExport = this.#below(5) === 0;
    for (let windows = 1 + this.#below(MOST_WINDOWS); windows > 0; windows--) {
      const duration = WINDOW + this.#below(WINDOW_MORE);
      this.#consumeWindow(ledger, Math.floor((watts * duration) / 3.6e6), isExport, duration);
    }
  }

  #consumeWindow(ledger: Ledger, energy: number, isExport: boolean, duration: number): void {
    const before = this.#counters.counters;
    const flows = this.#split(energy, isExport);
    const line = flows.reduce((sum, flow, k) => sum + (k % 2 === 0 ? flow : -flow), 0);
    const [imported, exported] = [Math.max(0, line), Math.max(0, -line)];
    const phases = this.#phases === 1 ? [] : flows;
    const after = {
      ...before,
      imported: before.imported + imported,
      exported: before.exported + exported,
      debited: before.debited + imported,
      phases: phases.length === 0 ? before.phases : phases.map((flow, k) => (before.phases[k] ?? 0) + flow),
    };
    this.#counters.become(after, { line: imported + exported, phases: phases.length && energy, duration });
    if (phases.length > 0)
      ledger.consumePhases(
        Array.from({ length: this.#phases }, (_, p) => ({
          imported: mWh(phases[2 * p]),
          exported: mWh(phases[2 * p + 1]),
        })),
      );
    ledger.consume(mWh(imported), mWh(exported), duration);
  }

  /** Imported and exported of each phase: where there are several, one gives a part of what another takes. */
  #split(energy: number, isExport: boolean): readonly number[] {
    if (this.#phases === 1) return isExport ? [0, energy] : [energy, 0];
    const given = Math.floor(energy / 16);
    const flows = isExport ? [given, 0, 0, energy - given] : [energy - given, 0, 0, given];
    return this.#phases === 2 ? flows : [...flows, 0, 0];
  }

  #credit(ledger: Ledger): void {
    const before = this.#counters.counters;
    const credited = before.credited + this.#below(100_000);
    const withdrawn = Math.min(credited, before.withdrawn + this.#below(2) * this.#below(50_000));
    const isNews = credited > before.credited || withdrawn > before.withdrawn;
    this.#counters.become({ ...before, credited, withdrawn });
    this.#expect(apply(ledger, 'credit', { credited, withdrawn }), isNews ? 'applied' : 'stale');
    if (isNews) this.#counters.settle();
  }

  /** One of long ago comes again. */
  #staleCredit(ledger: Ledger): void {
    const { credited, withdrawn } = this.#counters.counters;
    const stale = { credited: this.#below(credited + 1), withdrawn: this.#below(withdrawn + 1) };
    this.#expect(apply(ledger, 'credit', stale), 'stale');
  }

  #set(ledger: Ledger, name: Versioned): void {
    const version = this.#settings.next(name, versionIn(ledger.settings, name));
    this.#settings.attempt(name, version);
    const change = settingOf(name, version);
    if (change.order !== undefined) this.#expect(apply(ledger, 'supply', change.order), 'applied');
    else if (name === 'roles' && change.roles !== undefined)
      this.#expect(apply(ledger, 'roles', change.roles), 'applied');
    else if (change.policy !== undefined) this.#expect(apply(ledger, 'policy', change.policy), 'applied');
    else this.#expect(ledger.update(change), true);
    this.#settings.settle();
  }

  #staleOrder(ledger: Ledger): void {
    const { version } = ledger.settings.order;
    const stale = { version: this.#below(version + 1), state: 0, powerLimit: 1, until: 1 };
    this.#expect(apply(ledger, 'supply', stale), 'stale');
  }

  #acknowledge(ledger: Ledger): void {
    const { counters } = this.#counters;
    const acknowledged = counters.acknowledged + this.#below(3);
    this.#counters.become({ ...counters, acknowledged });
    ledger.acknowledge(acknowledged);
  }

  /** As before a reading, which states the registers to the world. */
  #save(ledger: Ledger): void {
    this.#expect(ledger.save(), true);
    this.#counters.settle();
  }

  #expect(got: unknown, expected: unknown): void {
    if (got !== expected) throw new BrokenPromise('calls failed', `expected ${expected}, got ${got}`);
  }

  #assertAsExpected(ledger: Ledger): void {
    const expected = JSON.stringify(this.#counters.counters);
    this.#expect(JSON.stringify(countersOf(ledger)), expected);
  }
}

function countersOf({ registers, phases, acknowledged }: Ledger): Counters {
  const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
  return {
    ...{ imported, exported, debited, credited, withdrawn, feedIn, acknowledged },
    phases: phases.flatMap(phase => [phase.imported, phase.exported]),
  };
}

function apply<Kind extends DirectiveKind>(
  ledger: Ledger,
  kind: Kind,
  message: Omit<DirectiveMessage<Kind>, 'm3terId'>,
): string {
  const directive = { kind, message: { m3terId: M3TER_ID, ...message }, signer: SIGNER };
  return applyDirective(ledger, directive as unknown as Directive, 0);
}

function versionIn(settings: Settings, name: Versioned): number {
  switch (name) {
    case 'order':
    case 'policy':
      return settings[name].version;
    case 'roles':
      return settings.roles?.version ?? 0;
    case 'calibration':
      return settings.calibration[0] as number;
    case 'readings':
    case 'events':
      return settings[name].sequence;
    case 'eventsDelivered':
      return settings.eventsDelivered;
  }
}

function mWh(count = 0): MilliwattHours {
  return count as MilliwattHours;
}
