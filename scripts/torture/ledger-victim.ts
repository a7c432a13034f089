import { applyDirective, type LedgerDirective } from '../../firmware/directives/apply';
import type { DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import type { MilliwattHours } from '../../firmware/energy';
import { Ledger } from '../../firmware/ledger/ledger';
import { INITIAL_SETTINGS, type Settings } from '../../firmware/ledger/state';
import { INITIAL_MEMORY, type SupplyMemory } from '../../firmware/ledger/supply-memory';
import { withTariff } from '../../firmware/ledger/tariff';
import type { TariffSetting } from '../../firmware/ledger/tariff-setting';
import type { EmulatedFlash } from '../../hosts/mock/flash';
import type { Prng } from '../../hosts/mock/prng';
import { CounterHistory, type Counters, NO_COUNTERS } from './counter-history';
import { KeptHistory } from './kept-history';
import { BrokenPromise } from './promises';
import { SettingsHistory, settingOf, type Versioned } from './settings-history';
import { type Below, drawFrom, type Victim, weighted } from './victim';

/** What a ledger is made to do, and how often. */
export type LedgerActs = Readonly<Partial<Record<LedgerAct, number>>>;
type LedgerAct =
  | 'consume'
  | 'credit'
  | 'staleCredit'
  | 'set'
  | 'staleOrder'
  | 'tariff'
  | 'staleTariff'
  | 'remember'
  | 'profile'
  | 'acknowledge'
  | 'save';

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
/** Thousandths; above the usual, so that a balance overtakes the energy */
const LARGEST_FACTOR = 4000;
/** Unix seconds: tariffs hold from before, or from later on */
const NOW = 1_700_000_000;
/** Bytes, the most */
const PROFILE = 40;
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
  readonly #tariffs = new KeptHistory<readonly TariffSetting[]>([]);
  readonly #memory = new KeptHistory<SupplyMemory>(INITIAL_MEMORY);
  readonly #profile = new KeptHistory<Uint8Array>(new Uint8Array(0));
  /** Of the last tariff that was tried, and of the last profile. */
  #version = 0;

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
    this.#tariffs.recover(ledger.tariffs);
    this.#memory.recover(ledger.supplyMemory);
    this.#profile.recover(ledger.profile);
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
      tariff: () => this.#setTariff(ledger),
      staleTariff: () => this.#staleTariff(ledger),
      remember: () => this.#remember(ledger),
      profile: () => this.#keepProfile(ledger),
      acknowledge: () => this.#acknowledge(ledger),
      save: () => this.#save(ledger),
    };
    acts[act]();
  }

  /** A load that stays for some windows, in hours of one tariff. */
  #consume(ledger: Ledger): void {
    const factor = this.#below(2) === 0 ? 1000 : this.#below(LARGEST_FACTOR);
    const feedInFactor = this.#below(2) * this.#below(LARGEST_FACTOR);
    const watts = this.#below(4) === 0 ? this.#below(3) * 20 : this.#below(LARGEST_LOAD + 1);
    const isExport = this.#below(5) === 0;
    for (let windows = 1 + this.#below(MOST_WINDOWS); windows > 0; windows--) {
      const duration = WINDOW + this.#below(WINDOW_MORE);
      const flows = this.#split(Math.floor((watts * duration) / 3.6e6), isExport);
      this.#consumeWindow(ledger, flows, duration, factor, feedInFactor);
    }
  }

  #consumeWindow(
    ledger: Ledger,
    flows: readonly number[],
    duration: number,
    factor: number,
    feedInFactor: number,
  ): void {
    const before = this.#counters.counters;
    const line = flows.reduce((sum, flow, k) => sum + (k % 2 === 0 ? flow : -flow), 0);
    const [imported, exported] = [Math.max(0, line), Math.max(0, -line)];
    const phases = this.#phases === 1 ? [] : flows;
    const [debited, debitRemainder] = weighed(before.debited, before.debitRemainder, imported, factor);
    const [feedIn, feedInRemainder] = weighed(before.feedIn, before.feedInRemainder, exported, feedInFactor);
    const after = {
      ...before,
      imported: before.imported + imported,
      exported: before.exported + exported,
      ...{ debited, debitRemainder, feedIn, feedInRemainder },
      phases: phases.length === 0 ? before.phases : phases.map((flow, k) => (before.phases[k] ?? 0) + flow),
    };
    const through = phases.reduce((sum, flow) => sum + flow, 0);
    this.#counters.become(after, { line: imported + exported, phases: through, duration });
    if (phases.length > 0)
      ledger.consumePhases(
        Array.from({ length: this.#phases }, (_, p) => ({
          imported: mWh(phases[2 * p]),
          exported: mWh(phases[2 * p + 1]),
        })),
      );
    ledger.consume(mWh(imported), mWh(exported), duration, factor, feedInFactor);
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
    this.#settings.change(name, version);
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

  /** One that holds at once takes the place of all others, a later one that of what was to come. */
  #setTariff(ledger: Ledger): void {
    const tariff = tariffOf(++this.#version, NOW - 10 + this.#below(20));
    this.#tariffs.attempt(withTariff(this.#tariffs.known, tariff, NOW));
    this.#expect(apply(ledger, 'tariff', tariff), 'applied');
    this.#tariffs.settle();
  }

  #staleTariff(ledger: Ledger): void {
    const version = ledger.tariffs.at(-1)?.version ?? 0;
    this.#expect(apply(ledger, 'tariff', tariffOf(this.#below(version + 1), 0)), 'stale');
  }

  #remember(ledger: Ledger): void {
    const { switchings, loadCuts } = this.#memory.known;
    const changes: readonly Partial<SupplyMemory>[] = [
      { isUnarmed: this.#below(2) === 0, isSpared: this.#below(2) === 0 },
      { isTampered: this.#below(2) === 0, emergencyAt: mWh(this.#below(1e6)) },
      { loadCuts: (loadCuts + 1) & 0xff, cutsUnder: this.#below(1e6), emergencyAt: undefined },
    ];
    const change = { switchings: switchings + 1, ...changes[this.#below(changes.length)] };
    this.#memory.attempt({ ...this.#memory.known, ...change });
    this.#expect(ledger.remember(change), true);
    this.#memory.settle();
  }

  #keepProfile(ledger: Ledger): void {
    const profile = new Uint8Array(1 + this.#below(PROFILE)).fill(++this.#version);
    this.#profile.attempt(profile);
    this.#expect(ledger.keepProfile(profile), true);
    this.#profile.settle();
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
  const { debitRemainder, feedInRemainder } = registers;
  return {
    ...{ imported, exported, debited, credited, withdrawn, feedIn, acknowledged },
    ...{ debitRemainder, feedInRemainder },
    phases: phases.flatMap(phase => [phase.imported, phase.exported]),
  };
}

function apply<Kind extends DirectiveKind>(
  ledger: Ledger,
  kind: Kind,
  message: Omit<DirectiveMessage<Kind>, 'm3terId'>,
): string {
  const directive = { kind, message: { m3terId: M3TER_ID, ...message }, signer: SIGNER };
  return applyDirective(ledger, directive as unknown as LedgerDirective, 0, NOW);
}

/** All of it follows from its version, so that a mixture shows. */
function tariffOf(version: number, validFrom: number): TariffSetting {
  const band = (k: number) => ({ fromMinute: k, toMinute: version % 1440, days: k + 1, factor: version });
  const bands = Array.from({ length: version % 4 }, (_, k) => band(k));
  return { version, validFrom, feedInFactor: version % 1000, bands };
}

/** Exactly: a register and its remainder, with energy that weighs so many thousandths. */
function weighed(register: number, remainder: number, energy: number, factor: number): [number, number] {
  const thousandths = BigInt(register) * 1000n + BigInt(remainder) + BigInt(energy) * BigInt(factor);
  return [Number(thousandths / 1000n), Number(thousandths % 1000n)];
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
