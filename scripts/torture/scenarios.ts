import { Ledger } from '../../firmware/ledger/ledger';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { SECTOR_FAULTS, type SectorFault, sectorsOf, spoil } from '../../test/firmware/ledger/sector-faults';
import { FORMER_COUNTERS, restoreFormer, SECOND_COUNTERS } from './former-flash';
import { type LedgerActs, LedgerVictim } from './ledger-victim';
import { LogVictim } from './log-victim';
import { MeterVictim } from './meter-victim';
import { BrokenPromise } from './promises';
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
  | 'tariff-change'
  | 'supply-memory'
  | 'roll-over'
  | 'retire'
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
  tariff: 1,
  staleTariff: 1,
  remember: 1,
  profile: 1,
  acknowledge: 1,
  save: 2,
};
const TARIFFS: LedgerActs = { tariff: 4, staleTariff: 1, consume: 3, save: 1, credit: 1 };
const MEMORIES: LedgerActs = { remember: 4, profile: 2, consume: 1, set: 1, credit: 1 };
/** Bytes: room for the snapshots and a few records */
const SMALL_SECTOR = 1024;
/** Bytes: little more than the snapshots of all kinds take */
const TIGHT_SECTOR = 640;
const LEDGER_SIZE = 64 * 1024;

export const SCENARIOS: { readonly [name in ScenarioName]: Scenario } = {
  boot: { make: ledgerOf({ credit: 1, consume: 1, set: 1, remember: 1 }), reach: 12, cuts: 3, share: 80 },
  consume: { make: ledgerOf({ consume: 6, save: 1, credit: 1 }), reach: 30, cuts: 50, share: 120 },
  credit: { make: ledgerOf({ credit: 6, staleCredit: 3, consume: 1 }), reach: 20, cuts: 50, share: 120 },
  directive: { make: ledgerOf({ set: 6, staleOrder: 2, credit: 1 }), reach: 20, cuts: 50, share: 100 },
  'tariff-change': { make: ledgerOf(TARIFFS), reach: 20, cuts: 50, share: 90 },
  'supply-memory': { make: ledgerOf(MEMORIES), reach: 20, cuts: 50, share: 90 },
  'roll-over': { make: ledgerOf(ANYTHING, TIGHT_SECTOR), reach: 20, cuts: 50, share: 90 },
  retire: { make: failingLedger, reach: 20, cuts: 30, share: 60 },
  migrate: { make: formerLedger, reach: 12, cuts: 8, share: 40 },
  outbox: { make: log, reach: 30, cuts: 30, share: 140 },
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

/** On flash of which no more than two sectors are sound. */
function failingLedger(prng: Prng): Victim {
  const below = drawFrom(prng);
  const region = smallRegion(prng, SMALL_SECTOR);
  const sectors = sectorsOf(region);
  for (let count = sectors.length; count > 2; count--) {
    const [bad = 0] = sectors.splice(below(count), 1);
    spoil(region, bad, SECTOR_FAULTS[below(SECTOR_FAULTS.length)] as SectorFault);
  }
  return new LedgerVictim(prng, { region, acts: ANYTHING, phases: 1 + below(3) });
}

/** A ledger that was written in the first format, or the second. */
function formerLedger(prng: Prng): Victim {
  const format = drawFrom(prng)(2) === 0 ? 1 : 2;
  const region = formerRegion(prng, format);
  const [counters, phases] = format === 1 ? [FORMER_COUNTERS, 1] : [SECOND_COUNTERS, 3];
  return new LedgerVictim(prng, {
    ...{ region, acts: ANYTHING, phases, counters },
    settings: formerSettings(format),
  });
}

function formerRegion(prng: Prng, format: 1 | 2): EmulatedFlash {
  const region = new EmulatedFlash({ size: LEDGER_SIZE, prng: prng.fork('flash') });
  restoreFormer({ ledger: region }, format);
  return region;
}

/** Opened where nothing is cut. */
function formerSettings(format: 1 | 2) {
  const opened = Ledger.open(formerRegion(new Prng('former'), format));
  if (!opened.ok)
    throw new BrokenPromise('unreadable boots', `expected a ledger of format ${format}, got ${opened.fault}`);
  return opened.value.settings;
}

function log(prng: Prng): Victim {
  return new LogVictim(prng, smallRegion(prng, SMALL_SECTOR));
}

function smallRegion(prng: Prng, sectorSize: number): EmulatedFlash {
  const sectors = 2 + drawFrom(prng)(3);
  return new EmulatedFlash({ size: sectors * sectorSize, sectorSize, prng: prng.fork('flash') });
}
