import { EVENT_CODES } from '../../firmware/attest/event';
import type { Reading } from '../../firmware/attest/signed-types';
import { readStatus } from '../../firmware/attest/status';
import { toHex } from '../../firmware/bytes';
import { eventDetail, eventName } from '../page/event-detail';
import type { JudgedEvent, JudgedReading, MeterHistory } from './meter-history';
import type {
  EnergyPoint,
  EventRow,
  MeterTables,
  Purchase,
  ReadingGap,
  ReadingPoint,
  SupplyStretch,
} from './report-data';

/** The first moment of the year 10000: what is later is no time. */
const END_OF_TIME = 253_402_300_800;

export interface SupplyChange {
  readonly at: number;
  readonly closed: boolean;
  readonly reason: string;
}

/** Everything that a meter's own words tell, whole. What has no time is left out. */
export function tablesOf(history: MeterHistory): MeterTables {
  const { readings, events, acknowledged } = history;
  const tables = {
    energy: byTime(readings.filter(isSound).flatMap(energyPoint)),
    accuracy: [],
    readings: byTime(readings.flatMap(judged => readingPoint(judged, acknowledged))),
    gaps: gapsOf(readings.filter(isSound)),
    purchases: purchasesOf(history),
    events: byTime(events.flatMap(eventRow)),
  };
  return { ...tables, supply: stretchesOf(changesOf(history), lastTime(tables)) };
}

/**
 * The device said it of itself and nothing contradicts it. One behind a gap is such a one: what is not to be believed is
 * that nothing was between.
 */
export function isSound({ problems }: JudgedReading): boolean {
  return problems.every(({ fault }) => fault === 'out-of-sequence');
}

/** From changes to stretches, each up to the next, the last one up to `end`; what was no change is none. */
export function stretchesOf(changes: readonly SupplyChange[], end: number): SupplyStretch[] {
  const isNews = ({ closed, reason }: SupplyChange, index: number) =>
    closed !== changes[index - 1]?.closed || reason !== changes[index - 1]?.reason;
  const news = changes.filter(isNews);
  return news.map(({ at, closed, reason }, index) => ({
    at,
    until: news[index + 1]?.at ?? Math.max(at, end),
    closed,
    reason,
  }));
}

/** The latest of all rows; 0 when there is none. */
export function lastTime(
  tables: Partial<Record<keyof MeterTables, readonly { readonly at: number }[]>>,
): number {
  return Object.values(tables).reduce((latest, rows) => Math.max(latest, rows.at(-1)?.at ?? 0), 0);
}

/** A foreign one may state any time: of it counts when it came. */
function timeOf(stated: number, isOwn: boolean, receivedAt: number | undefined): number | undefined {
  const time = isOwn && stated > 0 ? stated : receivedAt;
  return time !== undefined && time < END_OF_TIME ? time : undefined;
}

function timeOfReading(judged: JudgedReading): number | undefined {
  const isOwn = judged.problems.every(({ fault }) => fault !== 'wrong-signer' && fault !== 'wrong-meter');
  return timeOf(judged.reading.timestamp, isOwn, judged.receivedAt);
}

function timeOfEvent({ event, verified, receivedAt }: JudgedEvent): number | undefined {
  return timeOf(event.timestamp, verified, receivedAt);
}

function energyPoint(judged: JudgedReading): EnergyPoint[] {
  const at = timeOfReading(judged);
  const { imported, exported } = judged.reading;
  return at === undefined ? [] : [{ at, imported, exported, balance: readingBalance(judged.reading) }];
}

/** mWh: as `balanceOf`, of numbers that may be any */
export function readingBalance({ credited, withdrawn, feedIn, debited }: Reading): number {
  return credited - withdrawn + feedIn - debited;
}

function readingPoint(judged: JudgedReading, acknowledged: number): ReadingPoint[] {
  const at = timeOfReading(judged);
  if (at === undefined) return [];
  const { sequence } = judged.reading;
  const faults = [...new Set(judged.problems.map(({ fault }) => fault))];
  const verified = faults.length === 0;
  return [
    {
      at,
      sequence,
      verified,
      acknowledged: verified && sequence <= acknowledged,
      problems: faults.join(' '),
    },
  ];
}

/** Between the first and the last that came. */
function gapsOf(readings: readonly JudgedReading[]): ReadingGap[] {
  const inOrder = [...readings].sort((a, b) => a.reading.sequence - b.reading.sequence);
  return inOrder.flatMap((judged, index) => {
    const before = inOrder[index - 1];
    if (before === undefined || judged.reading.sequence <= before.reading.sequence + 1) return [];
    const until = timeOfReading(judged) ?? 0;
    const at = Math.min(timeOfReading(before) ?? until, until);
    return [{ at, until, first: before.reading.sequence + 1, last: judged.reading.sequence - 1 }];
  });
}

/** What the supply was by the events, and, where none came, by the status of the readings. */
function changesOf({ readings, events }: MeterHistory): SupplyChange[] {
  const stated = readings.filter(isSound).flatMap(judged => {
    const { relayClosed, reason } = readStatus(judged.reading.status);
    const at = timeOfReading(judged);
    return at === undefined ? [] : [{ at, closed: relayClosed, reason: reason ?? 'unknown' }];
  });
  const { supplyClosed, supplyOpened } = EVENT_CODES;
  const happened = events.flatMap(judged => {
    const { code, detail } = judged.event;
    const at = timeOfEvent(judged);
    if (!judged.verified || at === undefined || (code !== supplyClosed && code !== supplyOpened)) return [];
    return [{ at, closed: code === supplyClosed, reason: eventDetail(eventName(code), detail) }];
  });
  // Within a second a reading comes first: it states what was before, or else what the event then repeats.
  return byTime([...stated, ...happened]);
}

/** By the growth of what was credited in total, which events and readings state. */
function purchasesOf({ readings, events }: MeterHistory): Purchase[] {
  const sound = readings.filter(isSound);
  const happened = events.filter(({ verified }) => verified);
  const totals = byTime([
    ...happened.flatMap(judged => totalOfEvent(judged)),
    ...sound.flatMap(judged => totalAt(timeOfReading(judged), judged.reading.credited)),
  ]);
  const isWhole = sound[0]?.reading.sequence === 1 || happened[0]?.event.sequence === 1;
  // What a meter was sold before the first that is known of it was sold nobody knows when.
  let known = isWhole ? 0 : (totals[0]?.total ?? 0);
  const purchases: Purchase[] = [];
  for (const { at, total } of totals) {
    if (total > known) purchases.push({ at, energy: total - known });
    known = Math.max(known, total);
  }
  return purchases;
}

function totalOfEvent(judged: JudgedEvent) {
  const { code, detail } = judged.event;
  if (code !== EVENT_CODES.creditApplied) return [];
  return totalAt(timeOfEvent(judged), Number(BigInt(`0x${toHex(detail)}`)));
}

function totalAt(at: number | undefined, total: number) {
  return at === undefined ? [] : [{ at, total }];
}

function eventRow(judged: JudgedEvent): EventRow[] {
  const at = timeOfEvent(judged);
  const { sequence, code, detail } = judged.event;
  const name = eventName(code);
  return at === undefined
    ? []
    : [{ at, sequence, name, detail: eventDetail(name, detail), verified: judged.verified }];
}

function byTime<Row extends { readonly at: number }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => a.at - b.at);
}
