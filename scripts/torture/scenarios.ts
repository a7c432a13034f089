import { Ledger } from '../../firmware/ledger/ledger';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { FORMER_COUNTERS, restoreFormer } from './former-flash';
import { type LedgerActs, LedgerVictim } from './ledger-victim';
import { LogVictim } from './log-victim';
import { MeterVictim } from './meter-victim';
import { drawFrom, type Victim } from './victim';

/** A kind of work in the midst of which the power is cut. */
interface Scenario {
  make(prng: Prng): Victim | Promise<Victim>;
  /** Writes and erases from one cut to the next at most; the first few are those of the start. */
  readonly reach: number;
  /** Cuts of one victim */
  readonly cuts: number;
  /** Of all cuts, thousandths */
  readonly share: number;
}

export type ScenarioName =
  | 'boot'
  | 'consume'
  | 'credit'
  | 'directive'
  | 'roll-over'
  | 'migrate'
  | 'outbox'
  | 'meter'
  | 'update';

const ANYTHING: LedgerActs = {
  consume: 2,
  credit: 2,
  staleCredit: 1,
  set: 3,
  staleOrder: 1,
  acknowledge: 1,
  save: 2,
};
/** Bytes: room for the snapshots and a few records */
const SMALL_SECTOR = 1024;
/** Bytes: the least that holds both snapshots and another record */
const TIGHT_SECTOR = 512;
const LEDGER_SIZE = 64 * 1024;

export const SCENARIOS: { readonly [name in ScenarioName]: Scenario } = {
  boot: { make: ledgerOf({ credit: 1, consume: 1, set: 1 }), reach: 8, cuts: 3, share: 100 },
  consume: { make: ledgerOf({ consume: 6, save: 1, credit: 1 }), reach: 30, cuts: 50, share: 160 },
  credit: { make: ledgerOf({ credit: 6, staleCredit: 3, consume: 1 }), reach: 20, cuts: 50, share: 180 },
  directive: { make: ledgerOf({ set: 6, staleOrder: 2, credit: 1 }), reach: 20, cuts: 50, share: 160 },
  'roll-over': { make: ledgerOf(ANYTHING, TIGHT_SECTOR), reach: 20, cuts: 50, share: 120 },
  migrate: { make: formerLedger, reach: 12, cuts: 8, share: 30 },
  outbox: { make: log, reach: 30, cuts: 30, share: 180 },
  meter: { make: MeterVictim.linked, reach: 40, cuts: 12, share: 50 },
  update: { make: MeterVictim.updated, reach: 30, cuts: 6, share: 20 },
};

/** A new ledger on a small region, whose sectors come round often. */
function ledgerOf(acts: LedgerActs, sectorSize = SMALL_SECTOR): (prng: Prng) => Victim {
  return prng => {
    const phases = 1 + drawFrom(prng)(3);
    return new LedgerVictim(prng, { region: smallRegion(prng, sectorSize), acts, phases });
  };
}

/** A ledger that was written in the format before. */
function formerLedger(prng: Prng): Victim {
  const region = new EmulatedFlash({ size: LEDGER_SIZE, prng: prng.fork('flash') });
  restoreFormer({ ledger: region });
  const counters = FORMER_COUNTERS;
  return new LedgerVictim(prng, { region, acts: ANYTHING, phases: 1, counters, settings: formerSettings() });
}

/** Opened where nothing is cut. */
function formerSettings() {
  const region = new EmulatedFlash({ size: LEDGER_SIZE, prng: new Prng('former') });
  restoreFormer({ ledger: region });
  const opened = Ledger.open(region);
  if (!opened.ok) throw new Error(`expected a ledger of the format before, got ${opened.fault}`);
  return opened.value.settings;
}

function log(prng: Prng): Victim {
  return new LogVictim(prng, smallRegion(prng, SMALL_SECTOR));
}

function smallRegion(prng: Prng, sectorSize: number): EmulatedFlash {
  const sectors = 2 + drawFrom(prng)(3);
  return new EmulatedFlash({ size: sectors * sectorSize, sectorSize, prng: prng.fork('flash') });
}
