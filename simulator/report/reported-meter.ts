import { addressText } from '../../firmware/attest/address';
import type { Crypto } from '../../firmware/host';
import { downsample, heaviest } from './downsample';
import type { MeterHistory } from './meter-history';
import { isSound, readingBalance } from './meter-tables';
import type {
  MeterTables,
  MeterTotals,
  ReadingCounts,
  RegisterTotals,
  ReportData,
  ReportedMeter,
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

/** The sums over what is known of a meter; its registers are those of its last reading. */
export function totalsOf(crypto: Crypto, history: MeterHistory, tables: MeterTables): MeterTotals {
  const last = history.readings.filter(isSound).at(-1)?.reading;
  return {
    m3terId: history.m3terId.toString(),
    ...(history.chainId !== undefined && { chainId: history.chainId }),
    ...(history.device && { device: addressText(crypto, history.device) }),
    ...(last && { ...registersOf(last), balance: readingBalance(last) }),
    readings: countReadings(history),
    events: history.events.length,
    purchases: tables.purchases.length,
    cutOffs: tables.supply.filter(({ closed, reason }) => !closed && reason === 'exhausted').length,
  };
}

/** Without what else is beside them. */
export function registersOf({ imported, exported, debited, credited, withdrawn, feedIn }: RegisterTotals) {
  return { imported, exported, debited, credited, withdrawn, feedIn };
}

function countReadings({ readings, malformed, acknowledged }: MeterHistory): ReadingCounts {
  const sequences = readings.filter(isSound).map(({ reading }) => reading.sequence);
  const made = sequences.reduce((most, sequence) => Math.max(most, sequence), 0);
  const first = sequences.reduce((least, sequence) => Math.min(least, sequence), made);
  const verified = readings.filter(({ problems }) => problems.length === 0).length;
  const missing = sequences.length === 0 ? 0 : made - first + 1 - new Set(sequences).size;
  const unverified = readings.length - verified;
  return { made, received: readings.length, verified, unverified, missing, acknowledged, malformed };
}

/** Thins tables out to what a plot of `points` can show, and tells of how many rows. */
export function reportedMeter(totals: MeterTotals, tables: MeterTables, points: number): ReportedMeter {
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
    // the newest
    events: tables.events.slice(-points),
  };
  const { energy, accuracy, supply, gaps, purchases, events } = tables;
  const counts = {
    energy: energy.length,
    accuracy: accuracy.length,
    supply: supply.length,
    readings: tables.readings.length,
    gaps: gaps.length,
    purchases: purchases.length,
    events: events.length,
  };
  return { totals, tables: shown, counts };
}

/** Puts a report together; its time is that of all that is in it. */
export function reportData(
  title: string,
  notes: readonly string[],
  meters: readonly ReportedMeter[],
): ReportData {
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { tables } of meters)
    for (const rows of Object.values(tables) as (readonly { at: number; until?: number }[])[])
      for (const { at, until = at } of rows) [from, to] = [Math.min(from, at), Math.max(to, until)];
  return { title, notes, from: Math.min(from, to), to, meters };
}
