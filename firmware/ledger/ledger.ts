import { equal } from '../bytes';
import { MAX_ENERGY, type MilliwattHours, wattHours } from '../energy';
import type { FlashRegion } from '../host';
import { failure, type Result, success } from '../result';
import { decodeCounters, encodeCounters, isCompact } from './counters-record';
import { Journal, type JournalFault } from './journal';
import type { Snapshots } from './journal-format';
import { decodeState, type LedgerState } from './ledger-state';
import {
  balanceOf,
  type Counters,
  encodeSettings,
  INITIAL_COUNTERS,
  INITIAL_SETTINGS,
  type PhaseRegisters,
  type Registers,
  type Settings,
} from './state';
import type { SupplyMemory } from './supply-memory';
import { encodeMemory } from './supply-memory-record';
import { encodeTariffs } from './tariff-record';
import type { TariffSetting } from './tariff-setting';

const { isInteger } = Number;

/**
 * What a power cut may cost is 10 Wh or 10 s of consumption, whichever is more: less one window of 250 ms at 20 kW,
 * which may be under way when the power fails.
 */
const ENERGY_AT_RISK = wattHours(10 - (20_000 * 0.25) / 3600);
/** µs */
const TIME_AT_RISK = 10_000_000 - 250_000;
/** Of both, until the first save after a start; then it doubles up to the whole. Who toggles the power wins no 10 s. */
const FIRST_SHARE = 0.1;
const NONE = 0 as MilliwattHours;
const NO_BYTES = new Uint8Array(0);
/** Bytes */
const MOST_PROFILE = 256;
/** A factor that weighs energy as it is, in thousandths */
const EVEN = 1000;

export type LedgerFault = JournalFault;

/** By how much a credit raised the registers, mWh; zeros when it said nothing new. */
export interface CreditChange {
  readonly credited: MilliwattHours;
  readonly withdrawn: MilliwattHours;
}

type Mutable<Type> = { -readonly [name in keyof Type]: Type[name] };
type MutableCounters = Mutable<Omit<Counters, 'phases'>> & { readonly phases: Mutable<PhaseRegisters>[] };

/** The meter's registers and settings, tariffs and supply memory, and what of them is on flash. */
export class Ledger {
  readonly #journal: Journal;
  readonly #counters: MutableCounters;
  #settings: Settings;
  #tariffs: readonly TariffSetting[];
  #memory: SupplyMemory;
  #fault: 'flash-failed' | undefined;
  /** Consumed since the last save, mWh */
  #unsaved = 0;
  /** Likewise through all phases; more than `#unsaved` where one gives what another takes, mWh */
  #unsavedPhases = 0;
  /** µs of windows since the last attempt to save: one that failed is not repeated every window. */
  #unsavedTime = 0;
  /** Something beside energy has changed since the last save. */
  #isNews = false;
  /** The counters are in the compact format: as soon as they were once, or have nothing yet. */
  #isCompact: boolean;
  /** The next save comes when both have gone by: mWh, and µs. */
  #energyAtRisk = FIRST_SHARE * ENERGY_AT_RISK;
  #timeAtRisk = FIRST_SHARE * TIME_AT_RISK;

  private constructor(journal: Journal, { counters, settings, tariffs, memory }: LedgerState) {
    this.#journal = journal;
    const found = journal.snapshots.counters;
    this.#isCompact = isCompact(found) || equal(found, encodeCounters(INITIAL_COUNTERS));
    this.#counters = { ...counters, phases: counters.phases.map(phase => ({ ...phase })) };
    this.#settings = settings;
    this.#tariffs = tariffs;
    this.#memory = memory;
  }

  /**
   * Restores what was kept, or begins at zero on a region that was never used. A fault loses nothing.
   * @param onSectorRetired told once of each sector that fails from now on, also while opening
   */
  static open(region: FlashRegion, onSectorRetired?: (sector: number) => void): Result<Ledger, LedgerFault> {
    const initial = {
      settings: encodeSettings(INITIAL_SETTINGS),
      counters: encodeCounters(INITIAL_COUNTERS),
    };
    const journal = Journal.open(region, initial, faultOf, onSectorRetired);
    if (!journal.ok) return journal;
    const state = decodeState(journal.value.snapshots);
    return state.ok ? success(new Ledger(journal.value, state.value)) : state;
  }

  /** A live view: it changes with every window. */
  get registers(): Counters {
    return this.#counters;
  }

  /** The registers as they are on flash: no power cut takes anything back. At most what one may cost behind. */
  get kept(): Registers {
    const kept = decodeCounters(this.#journal.snapshots.counters);
    return kept.ok ? kept.value : this.#counters;
  }

  /** A live view of what went through each phase; empty with one phase, or before any was counted. */
  get phases(): readonly PhaseRegisters[] {
    return this.#counters.phases;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** None to two, in the order in which they hold: the present one, and one that holds later. */
  get tariffs(): readonly TariffSetting[] {
    return this.#tariffs;
  }

  /** What supply must know after a power cut. */
  get supplyMemory(): SupplyMemory {
    return this.#memory;
  }

  /** Of consumption, opaque; empty when there is none. */
  get profile(): Uint8Array {
    return this.#journal.snapshots.profile ?? NO_BYTES;
  }

  /** The record of the last payload of M3tering v2, opaque; empty when there was none. */
  get payload(): Uint8Array {
    return this.#journal.snapshots.payload ?? NO_BYTES;
  }

  /** Every reading up to this sequence is kept for good elsewhere; 0 for none. */
  get acknowledged(): number {
    return this.#counters.acknowledged;
  }

  /** mWh; below zero is debt */
  get balance(): MilliwattHours {
    return balanceOf(this.#counters);
  }

  /** Set when the last attempt to put something on flash failed. */
  get fault(): 'flash-failed' | undefined {
    return this.#fault;
  }

  /**
   * Counts what a window consumed. What is imported is debited and what is exported earned, each weighted by its factor;
   * what is left of a mWh is carried. On flash soon enough that a power cut costs at most 10 Wh or 10 s of consumption,
   * whichever is more, and a tenth of that soon after a start. Time is what the windows covered: a clock would tell the
   * wrong one of windows that come late, all at once.
   * @param duration µs that the window covers
   * @param factor by which what is imported is debited, thousandths, u16
   * @param feedInFactor by which what is exported is earned, thousandths, u16
   * @throws RangeError when an energy is negative, or a register ends beyond `MAX_ENERGY`.
   */
  consume(
    imported: MilliwattHours,
    exported: MilliwattHours,
    duration: number,
    factor = EVEN,
    feedInFactor = 0,
  ): void {
    const counters = this.#counters;
    const after = grow('imported', counters.imported, imported);
    // A window has one of them, as a rule.
    if (exported !== 0) this.#export(exported, feedInFactor);
    if (factor !== EVEN) this.#debit(imported, factor);
    else {
      // Without `grow`, which has looked at the energy already: a call takes XS as long as two multiplications.
      const debited = (counters.debited + imported) as MilliwattHours;
      counters.debited = debited <= MAX_ENERGY ? debited : refuse('debited', debited);
    }
    counters.imported = after;
    this.#unsaved += imported + exported;
    this.#unsavedTime += duration;
    if (this.#unsavedTime < this.#timeAtRisk) return;
    if (this.#unsaved >= this.#energyAtRisk || this.#unsavedPhases >= this.#energyAtRisk) this.save();
  }

  #debit(imported: MilliwattHours, factor: number): void {
    const counters = this.#counters;
    const before = counters.debitRemainder;
    const after = remainderOf(imported, factor, before);
    const debited = (counters.debited + weigh(imported, factor, before - after)) as MilliwattHours;
    counters.debited = debited <= MAX_ENERGY ? debited : refuse('debited', debited);
    counters.debitRemainder = after;
  }

  #export(exported: MilliwattHours, factor: number): void {
    const counters = this.#counters;
    const after = grow('exported', counters.exported, exported);
    if (factor !== 0) {
      const remainder = counters.feedInRemainder;
      const left = remainderOf(exported, factor, remainder);
      counters.feedIn = grow('feedIn', counters.feedIn, weigh(exported, factor, remainder - left));
      counters.feedInRemainder = left;
    }
    counters.exported = after;
  }

  /**
   * Counts what a window took and gave through each of two or three phases, before `consume` counts their sum, with which
   * it is saved. They need not add up to the registers: there import and export are told apart after the phases are added.
   * @throws RangeError when there are not two or three phases, an energy is negative, or a register ends beyond
   *   `MAX_ENERGY`.
   */
  consumePhases(flows: readonly PhaseRegisters[]): void {
    if (flows.length !== 2 && flows.length !== 3)
      throw new RangeError(`consumePhases: expected 2 or 3 phases, got ${flows.length}`);
    const { phases } = this.#counters;
    while (phases.length < flows.length) {
      phases.push({ imported: NONE, exported: NONE });
      this.#isNews = true;
    }
    for (let p = 0; p < flows.length; p++) {
      const flow = flows[p] as PhaseRegisters;
      const phase = phases[p] as Mutable<PhaseRegisters>;
      phase.imported = grow('phase imported', phase.imported, flow.imported);
      phase.exported = grow('phase exported', phase.exported, flow.exported);
      this.#unsavedPhases += flow.imported + flow.exported;
    }
  }

  /**
   * Takes the totals, in mWh, that were ever bought for and withdrawn from this meter: each register becomes the
   * larger of what it was and what is said. Durable when it succeeds; on a fault nothing changed. `impossible`: more
   * would be withdrawn than was ever credited and fed in.
   * @throws RangeError when an argument is not an energy of 0 to `MAX_ENERGY`.
   */
  credit(
    credited: MilliwattHours,
    withdrawn: MilliwattHours,
  ): Result<CreditChange, 'impossible' | 'flash-failed'> {
    const counters = this.#counters;
    const before = { credited: counters.credited, withdrawn: counters.withdrawn };
    const change = {
      credited: Math.max(0, checked('credited', credited) - before.credited) as MilliwattHours,
      withdrawn: Math.max(0, checked('withdrawn', withdrawn) - before.withdrawn) as MilliwattHours,
    };
    if (change.credited === 0 && change.withdrawn === 0) return success(change);
    const after = {
      credited: grow('credited', before.credited, change.credited),
      withdrawn: grow('withdrawn', before.withdrawn, change.withdrawn),
    };
    if (after.withdrawn > after.credited + counters.feedIn) return failure('impossible');
    Object.assign(counters, after);
    this.#isNews = true;
    if (this.save()) return success(change);
    Object.assign(counters, before);
    return failure('flash-failed');
  }

  /**
   * Every reading up to `sequence` is kept for good elsewhere; a smaller one than before changes nothing. On flash
   * with the next save: losing it costs no more than sending those readings once more. The caller knows that so many
   * readings exist.
   */
  acknowledge(sequence: number): void {
    if (!Number.isInteger(sequence) || sequence < 0 || sequence > 0xffffffff)
      throw new RangeError(`acknowledge: expected a u32, got ${sequence}`);
    if (sequence <= this.#counters.acknowledged) return;
    this.#counters.acknowledged = sequence;
    this.#isNews = true;
  }

  /**
   * Changes settings; durable when true. False when the flash failed: then they are as before.
   * @throws RangeError when a value is not in its range.
   */
  update(change: Partial<Settings>): boolean {
    const settings = { ...this.#settings, ...change };
    const saved = this.#note(this.#journal.save('settings', encodeSettings(settings)));
    if (saved) this.#settings = settings;
    return saved;
  }

  /**
   * Replaces the tariffs; durable when true. False when the flash failed: then they are as before.
   * @param tariffs none to two, in the order in which they hold
   * @throws RangeError when there are more, one has too many bands, or a value is not in its range.
   */
  setTariffs(tariffs: readonly TariffSetting[]): boolean {
    const saved = this.#note(this.#journal.save('tariffs', encodeTariffs(tariffs)));
    if (saved) this.#tariffs = tariffs;
    return saved;
  }

  /**
   * Changes the supply memory; durable when true. It stands even when the flash failed, until the power does; the next
   * change then puts all of it on flash.
   * @throws RangeError when a value is not in its range.
   */
  remember(change: Partial<SupplyMemory>): boolean {
    const memory = { ...this.#memory, ...change };
    const body = encodeMemory(memory);
    this.#memory = memory;
    return this.#keep('memory', body);
  }

  /**
   * Keeps the profile of consumption; durable when true. False when the flash failed: then it is as before.
   * @throws RangeError when it has more than 256 bytes.
   */
  keepProfile(bytes: Uint8Array): boolean {
    if (bytes.length > MOST_PROFILE)
      throw new RangeError(`profile: expected ${MOST_PROFILE} bytes at most, got ${bytes.length}`);
    return this.#keep('profile', bytes.slice());
  }

  /** Keeps the record of the last payload; durable when true. False when the flash failed: then it is as before. */
  keepPayload(record: Uint8Array): boolean {
    return this.#keep('payload', record);
  }

  /** What is there already is not written again; after a fault the flash may hold something else. */
  #keep(kind: 'memory' | 'profile' | 'payload', body: Uint8Array): boolean {
    const kept = this.#journal.snapshots[kind];
    const isKept = this.#fault === undefined && kept !== undefined && equal(kept, body);
    return isKept || this.#note(this.#journal.save(kind, body));
  }

  /**
   * Puts the counters on flash, as before a planned restart or when the power is about to fail; durable when true.
   * Nothing is written when nothing has changed.
   */
  save(): boolean {
    this.#unsavedTime = 0;
    if (!this.#isChanged) return true;
    const record = encodeCounters(this.#counters, this.#isCompact);
    this.#isCompact = isCompact(record);
    const saved = this.#note(this.#journal.save('counters', record));
    // One that failed is not tried again soon: an erase that fails takes long.
    this.#timeAtRisk = saved ? Math.min(2 * this.#timeAtRisk, TIME_AT_RISK) : TIME_AT_RISK;
    if (saved) {
      this.#energyAtRisk = Math.min(2 * this.#energyAtRisk, ENERGY_AT_RISK);
      this.#unsaved = 0;
      this.#unsavedPhases = 0;
      this.#isNews = false;
    }
    return saved;
  }

  /** After a fault the flash may hold what the registers do not. */
  get #isChanged(): boolean {
    return this.#unsaved > 0 || this.#unsavedPhases > 0 || this.#isNews || this.#fault !== undefined;
  }

  #note(saved: boolean): boolean {
    this.#fault = saved ? undefined : 'flash-failed';
    return saved;
  }
}

function faultOf(snapshots: Snapshots): LedgerFault | undefined {
  const state = decodeState(snapshots);
  return state.ok ? undefined : state.fault;
}

/**
 * Whole mWh that energy weighs by a factor. Split, since a product may exceed 2⁵³.
 * @param carried thousandths of a mWh that were left before, less those that are left then
 */
function weigh(energy: MilliwattHours, factor: number, carried: number): MilliwattHours {
  const rest = energy % EVEN;
  return (((energy - rest) / EVEN) * factor + (rest * factor + carried) / EVEN) as MilliwattHours;
}

/** Thousandths of a mWh that are left then. */
function remainderOf(energy: MilliwattHours, factor: number, remainder: number): number {
  return ((energy % EVEN) * factor + remainder) % EVEN;
}

function grow(name: string, register: MilliwattHours, by: MilliwattHours): MilliwattHours {
  if (by === 0) return register;
  const energy = register + by;
  const isOne = by > 0 && energy <= MAX_ENERGY && by % 1 === 0;
  return isOne ? (energy as MilliwattHours) : refuse(name, energy > MAX_ENERGY ? energy : by);
}

function checked(name: string, energy: number): MilliwattHours {
  const isOne = energy >= 0 && energy <= MAX_ENERGY && isInteger(energy);
  return isOne ? (energy as MilliwattHours) : refuse(name, energy);
}

function refuse(name: string, energy: number): never {
  throw new RangeError(`${name}: expected whole mWh of 0 to ${MAX_ENERGY}, got ${energy}`);
}
