import { addressText } from '../../firmware/attest/address';
import type { Crypto } from '../../firmware/host';
import { downsample, heaviest } from './downsample';
import { type MeterHistory, readingBalance } from './meter-history';
import type {
  MeterTables,
  MeterTotals,
  ReadingCounts,
  RegisterTotals,
  ReportedMeter,
  TableCounts,
} from './report-data';

/** Rows of a plot */
const MOST_POINTS = 1000;
/** Of all meters together: a page of more takes a browser long to open. */
const ALL_POINTS = 20_000;
const FEWEST_POINTS = 50;

/** How many points a plot has in a report of so many meters. */
export function pointsFor(meters: number): number {
  return Math.max(FEWEST_POINTS, Math.min(MOST_POINTS, Math.floor(ALL_POINTS / Math.max(1, meters))));
}

/** Which meter it is, and what is known of it beside its history. */
export interface MeterFacts extends Pick<ReadingCounts, 'acknowledged' | 'malformed'> {
  readonly m3terId: bigint;
  readonly chainId?: number;
  /** 20 bytes; undefined when nothing tells */
  readonly device: Uint8Array | undefined;
}

/** The sums over what is known of a meter; its registers are those of its last reading. */
export function totalsOf(
  crypto: Crypto,
  { m3terId, chainId, device, acknowledged, malformed }: MeterFacts,
  { last, readings, events }: MeterHistory,
  { purchases, supply }: MeterTables,
): MeterTotals {
  return {
    m3terId: m3terId.toString(),
    ...(chainId !== undefined && { chainId }),
    ...(device && { device: addressText(crypto, device) }),
    ...(last && { ...registersOf(last), balance: readingBalance(last) }),
    readings: { ...readings, acknowledged, malformed },
    events,
    purchases: purchases.length,
    cutOffs: supply.filter(({ closed, reason }) => !closed && reason === 'exhausted').length,
  };
}

/** Without what else is beside them. */
export function registersOf({ imported, exported, debited, credited, withdrawn, feedIn }: RegisterTotals) {
  return { imported, exported, debited, credited, withdrawn, feedIn };
}

/**
 * Thins tables out to what a plot of `points` can show, and tells of how many rows.
 * @param counts of tables that were thinned out before
 */
export function reportedMeter(
  totals: MeterTotals,
  tables: MeterTables,
  points: number,
  counts: Partial<TableCounts> = {},
): ReportedMeter {
  const good = tables.readings.filter(({ verified }) => verified);
  const bad = tables.readings.filter(({ verified }) => !verified);
  const readings = [
    ...downsample(good, points / 2, ['sequence']),
    ...downsample(bad, points / 2, ['sequence']),
  ];
  const shown: MeterTables = {
    energy: downsample(tables.energy, points, ['imported', 'exported', 'balance']),
    accuracy: downsample(tables.accuracy, points, ['importedError', 'exportedError']),
    supply: heaviest(tables.supply, points, ({ at, until }) => until - at),
    readings: readings.sort((a, b) => a.at - b.at),
    gaps: heaviest(tables.gaps, points, ({ first, last }) => last - first),
    purchases: heaviest(tables.purchases, points, ({ energy }) => energy),
    events: newest(tables, points),
  };
  return { totals, tables: shown, counts: { ...countsOf(tables), ...counts } };
}

/** Half of them the meter's own, if there are so many: others may say as much as they like. */
function newest({ events }: MeterTables, points: number): MeterTables['events'] {
  const own = events.filter(({ verified }) => verified).slice(-points);
  const others = events.filter(({ verified }) => !verified).slice(-Math.max(points / 2, points - own.length));
  const kept = new Set([...own.slice(-(points - others.length)), ...others]);
  return events.filter(row => kept.has(row));
}

function countsOf({ energy, accuracy, supply, readings, gaps, purchases, events }: MeterTables): TableCounts {
  return {
    energy: energy.length,
    accuracy: accuracy.length,
    supply: supply.length,
    readings: readings.length,
    gaps: gaps.length,
    purchases: purchases.length,
    events: events.length,
  };
}
