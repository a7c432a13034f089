import type { Registers } from '../../firmware/ledger/state';

/*
 * What a report shows, as it is embedded in its page: plain JSON. Energies are in mWh, times in Unix seconds. The rows of
 * every table are in the order of time.
 */

export interface EnergyPoint {
  readonly at: number;
  readonly imported: number;
  readonly exported: number;
  readonly balance: number;
}

/** Registers beside the truth, which only a simulation knows. */
export interface AccuracyPoint {
  readonly at: number;
  readonly imported: number;
  readonly trueImported: number;
  /** % of the truth; null while there is too little to compare */
  readonly importedError: number | null;
  readonly exported: number;
  readonly trueExported: number;
  readonly exportedError: number | null;
}

/** As long as the supply stayed as it was. */
export interface SupplyStretch {
  readonly at: number;
  readonly until: number;
  readonly closed: boolean;
  /** A SupplyReason, or `unplugged` */
  readonly reason: string;
}

export interface ReadingPoint {
  readonly at: number;
  readonly sequence: number;
  readonly verified: boolean;
  readonly acknowledged: boolean;
  /** Each ReadingFault, with a space between; empty when verified */
  readonly problems: string;
}

/** Readings that never came. */
export interface ReadingGap {
  /** Of the reading before, and of the one after */
  readonly at: number;
  readonly until: number;
  /** Sequences of the first and the last that is missing */
  readonly first: number;
  readonly last: number;
}

export interface Purchase {
  readonly at: number;
  readonly energy: number;
}

export interface EventRow {
  readonly at: number;
  readonly sequence: number;
  readonly name: string;
  readonly detail: string;
  readonly verified: boolean;
}

export interface MeterTables {
  readonly energy: readonly EnergyPoint[];
  /** Empty where the truth is not known */
  readonly accuracy: readonly AccuracyPoint[];
  readonly supply: readonly SupplyStretch[];
  readonly readings: readonly ReadingPoint[];
  readonly gaps: readonly ReadingGap[];
  readonly purchases: readonly Purchase[];
  readonly events: readonly EventRow[];
}

export type TableName = keyof MeterTables;

/** How many rows a table had before it was thinned out. */
export type TableCounts = { readonly [Name in TableName]: number };

export interface ReadingCounts {
  /** Sequence of the last that was made, as far as is known */
  readonly made: number;
  /** Each once */
  readonly received: number;
  readonly verified: number;
  readonly unverified: number;
  /** Between the first and the last that came */
  readonly missing: number;
  /** The last of which it is said that it is kept */
  readonly acknowledged: number;
  /** What was sent as a reading and is none */
  readonly malformed: number;
}

export type RegisterTotals = { readonly [Name in keyof Registers]: number };

/** The registers are absent where none could be read. */
export interface MeterTotals extends Partial<RegisterTotals> {
  /** Decimal */
  readonly m3terId: string;
  readonly chainId?: number;
  /** The address that signs */
  readonly device?: string;
  readonly balance?: number;
  /** What was truly imported, where that is known */
  readonly trueEnergy?: number;
  readonly readings: ReadingCounts;
  readonly events: number;
  readonly purchases: number;
  /** How often the balance was used up */
  readonly cutOffs: number;
}

export interface ReportedMeter {
  readonly totals: MeterTotals;
  /** Thinned out to what a plot can show */
  readonly tables: MeterTables;
  readonly counts: TableCounts;
}

/** How far a report goes that was interrupted. */
export interface Extent {
  /** Of all that there was, in that unit */
  readonly read: number;
  readonly of: number;
  readonly unit: 'bytes' | 'entries' | 'days';
  /** Unix seconds: of what came later nothing is in it; absent where nothing tells */
  readonly until?: number;
}

export interface ReportData {
  /** Of what it is a report */
  readonly title: string;
  /** What the reader must know, a sentence each */
  readonly notes: readonly string[];
  /** Absent when it is whole */
  readonly partial?: Extent;
  /** Equal when nothing has a time */
  readonly from: number;
  readonly to: number;
  readonly meters: readonly ReportedMeter[];
  /** Of meters beyond those that a page has room for; not in the page */
  readonly further: readonly MeterTotals[];
}

/** Told what is being done, and how far that is: of what a report is made from, so much of so much. */
export type ReadProgress = (doing: string, done: number, of: number) => void;

/** Of every meter, in the page or not. */
export function totalsOfAll({ meters, further }: ReportData): readonly MeterTotals[] {
  return [...meters.map(({ totals }) => totals), ...further];
}
