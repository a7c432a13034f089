import { MAX_ENERGY, type MilliwattHours, wattHours } from '../energy';
import type { FlashRegion } from '../host';
import { failure, type Result, success } from '../result';
import { Journal, type JournalFault, type Snapshots } from './journal';
import {
  balanceOf,
  type Counters,
  decodeCounters,
  decodeSettings,
  encodeCounters,
  encodeSettings,
  INITIAL_COUNTERS,
  INITIAL_SETTINGS,
  type PhaseRegisters,
  type Registers,
  type Settings,
} from './state';

const { isInteger } = Number;

/**
 * What a power cut may cost is 10 Wh or 10 s of consumption, whichever is more: less one window of 250 ms at 20 kW,
 * which may be under way when the power fails.
 */
const ENERGY_AT_RISK = wattHours(10 - (20_000 * 0.25) / 3600);
/** µs */
const TIME_AT_RISK = 10_000_000 - 250_000;
const NONE = 0 as MilliwattHours;

export type LedgerFault = JournalFault;

/** By how much a credit raised the registers, mWh; zeros when it said nothing new. */
export interface CreditChange {
  readonly credited: MilliwattHours;
  readonly withdrawn: MilliwattHours;
}

type Mutable<Type> = { -readonly [name in keyof Type]: Type[name] };
type MutableCounters = Mutable<Omit<Counters, 'phases'>> & { readonly phases: Mutable<PhaseRegisters>[] };

/** The meter's registers and settings, and what of them is on flash. */
export class Ledger {
  readonly #journal: Journal;
  readonly #counters: MutableCounters;
  #settings: Settings;
  #fault: 'flash-failed' | undefined;
  /** Consumed since the last save, mWh */
  #unsaved = 0;
  /** Likewise through all phases; more than `#unsaved` where one gives what another takes, mWh */
  #unsavedPhases = 0;
  /** µs of windows since the last attempt to save: one that failed is not repeated every window. */
  #unsavedTime = 0;

  private constructor(journal: Journal, counters: Counters, settings: Settings) {
    this.#journal = journal;
    this.#counters = { ...counters, phases: counters.phases.map(phase => ({ ...phase })) };
    this.#settings = settings;
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
    const counters = decodeCounters(journal.value.counters);
    if (!counters.ok) return counters;
    const settings = decodeSettings(journal.value.settings);
    if (!settings.ok) return settings;
    return success(new Ledger(journal.value, counters.value, settings.value));
  }

  /** A live view: it changes with every window. */
  get registers(): Registers {
    return this.#counters;
  }

  /** A live view of what went through each phase; empty with one phase, or before any was counted. */
  get phases(): readonly PhaseRegisters[] {
    return this.#counters.phases;
  }

  get settings(): Settings {
    return this.#settings;
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
   * Counts what a window consumed; what is imported is debited. On flash soon enough that a power cut costs at most
   * 10 Wh or 10 s of consumption, whichever is more. Time is what the windows covered: a clock would tell the wrong one
   * of windows that come late, all at once.
   * @param duration µs that the window covers
   * @throws RangeError when an energy is negative, or a register ends beyond `MAX_ENERGY`.
   */
  consume(imported: MilliwattHours, exported: MilliwattHours, duration: number): void {
    const counters = this.#counters;
    const debited = grow('debited', counters.debited, imported);
    // A window has one of them, as a rule.
    if (exported !== 0) counters.exported = grow('exported', counters.exported, exported);
    counters.imported = grow('imported', counters.imported, imported);
    counters.debited = debited;
    this.#unsaved += imported + exported;
    this.#unsavedTime += duration;
    if (this.#unsavedTime < TIME_AT_RISK) return;
    if (this.#unsaved >= ENERGY_AT_RISK || this.#unsavedPhases >= ENERGY_AT_RISK) this.save();
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
    while (phases.length < flows.length) phases.push({ imported: NONE, exported: NONE });
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
    this.#counters.acknowledged = Math.max(this.#counters.acknowledged, sequence);
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

  /** Puts the counters on flash, as before a planned restart; durable when true. */
  save(): boolean {
    this.#unsavedTime = 0;
    const saved = this.#note(this.#journal.save('counters', encodeCounters(this.#counters)));
    if (saved) {
      this.#unsaved = 0;
      this.#unsavedPhases = 0;
    }
    return saved;
  }

  #note(saved: boolean): boolean {
    this.#fault = saved ? undefined : 'flash-failed';
    return saved;
  }
}

function faultOf({ settings, counters }: Snapshots): LedgerFault | undefined {
  for (const decoded of [decodeCounters(counters), decodeSettings(settings)])
    if (!decoded.ok) return decoded.fault;
  return undefined;
}

function grow(name: string, register: MilliwattHours, by: MilliwattHours): MilliwattHours {
  if (by === 0) return register;
  const energy = register + by;
  const isOne = by > 0 && energy <= MAX_ENERGY && isInteger(energy);
  return isOne ? (energy as MilliwattHours) : refuse(name, energy > MAX_ENERGY ? energy : by);
}

function checked(name: string, energy: number): MilliwattHours {
  const isOne = energy >= 0 && energy <= MAX_ENERGY && isInteger(energy);
  return isOne ? (energy as MilliwattHours) : refuse(name, energy);
}

function refuse(name: string, energy: number): never {
  throw new RangeError(`${name}: expected whole mWh of 0 to ${MAX_ENERGY}, got ${energy}`);
}
