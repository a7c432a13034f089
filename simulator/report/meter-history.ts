import { EVENT_CODES } from '../../firmware/attest/event';
import type { Event, Reading } from '../../firmware/attest/signed-types';
import { readStatus } from '../../firmware/attest/status';
import { toHex } from '../../firmware/bytes';
import { eventDetail, eventName } from '../page/event-detail';
import { CreditTrail } from './credit-trail';
import { downsample } from './downsample';
import type { JudgedEvent, JudgedReading } from './message-judge';
import type {
  EnergyPoint,
  EventRow,
  MeterTables,
  ReadingCounts,
  ReadingPoint,
  TableCounts,
} from './report-data';
import { SequenceTrail } from './sequence-trail';
import { SupplyTrail } from './supply-trail';
import { byTime, Trail } from './trail';

/** The first moment of the year 10000: what is later is no time. */
const END_OF_TIME = 253_402_300_800;
/** Rows that are kept are thinned out when they are so many times what a plot shows. */
export const SPARE = 4;

/** A reading, of which nobody knows yet whether it will be acknowledged. */
type Arrival = Omit<ReadingPoint, 'acknowledged'>;

/**
 * What a meter's own words tell, as they come, as far as a report shows it: of any number of them it keeps what a plot has
 * room for, and the sequence of each reading. What has no time is counted and not shown.
 */
export class MeterHistory {
  readonly #energy: Trail<EnergyPoint>;
  readonly #good: Trail<Arrival>;
  readonly #bad: Trail<Arrival>;
  readonly #ownEvents: Trail<EventRow>;
  readonly #otherEvents: Trail<EventRow>;
  readonly #supply: SupplyTrail;
  readonly #credit: CreditTrail;
  readonly #sequences = new SequenceTrail();
  #last: Reading | undefined;
  #received = 0;
  #verified = 0;
  #events = 0;

  /** @param points of a plot */
  constructor(points: number) {
    const limit = SPARE * points;
    const thinned =
      <Row extends { readonly at: number }>(...columns: (keyof Row)[]) =>
      (rows: readonly Row[]) =>
        downsample(rows, points, columns);
    const newest = (rows: readonly EventRow[]) => rows.slice(-points);
    this.#energy = new Trail(limit, thinned<EnergyPoint>('imported', 'exported', 'balance'));
    this.#good = new Trail(limit, thinned<Arrival>('sequence'));
    this.#bad = new Trail(limit, thinned<Arrival>('sequence'));
    this.#ownEvents = new Trail(limit, newest);
    this.#otherEvents = new Trail(limit, newest);
    this.#supply = new SupplyTrail(limit);
    this.#credit = new CreditTrail(limit);
  }

  addReading(judged: JudgedReading): void {
    const at = timeOfReading(judged);
    const { reading, problems } = judged;
    const verified = problems.length === 0;
    this.#received++;
    if (verified) this.#verified++;
    if (at !== undefined) (verified ? this.#good : this.#bad).add(arrival(at, judged));
    if (isSound(judged)) this.#addSound(reading, at);
  }

  addEvent(judged: JudgedEvent): void {
    const { event, verified, receivedAt } = judged;
    const at = timeOf(event.timestamp, verified, receivedAt);
    this.#events++;
    if (verified && event.sequence === 1) this.#credit.isWhole = true;
    if (at === undefined) return;
    const name = eventName(event.code);
    const row = { at, sequence: event.sequence, name, detail: eventDetail(name, event.detail), verified };
    (verified ? this.#ownEvents : this.#otherEvents).add(row);
    if (verified) this.#addConsequence(at, event, row.detail);
  }

  /** The newest that the device said of itself and nothing contradicts. */
  get last(): Reading | undefined {
    return this.#last;
  }

  get events(): number {
    return this.#events;
  }

  get readings(): Omit<ReadingCounts, 'acknowledged' | 'malformed'> {
    const [received, verified] = [this.#received, this.#verified];
    const { last: made, missing } = this.#sequences;
    return { made, received, verified, unverified: received - verified, missing };
  }

  /** @param acknowledged every reading up to this sequence is said to be kept; 0 for none */
  tables(acknowledged: number): MeterTables {
    const readings = byTime([...this.#good.rows, ...this.#bad.rows]);
    const tables = {
      energy: this.#energy.rows,
      accuracy: [],
      readings: readings.map(row => ({
        ...row,
        acknowledged: row.verified && row.sequence <= acknowledged,
      })),
      gaps: this.#sequences.gaps,
      purchases: this.#credit.purchases,
      events: byTime([...this.#ownEvents.rows, ...this.#otherEvents.rows]),
    };
    return { ...tables, supply: this.#supply.stretches(lastTime(tables)) };
  }

  /** How many rows those tables had that are thinned out. */
  get counts(): Pick<TableCounts, 'energy' | 'readings' | 'events'> {
    return {
      energy: this.#energy.count,
      readings: this.#good.count + this.#bad.count,
      events: this.#ownEvents.count + this.#otherEvents.count,
    };
  }

  #addConsequence(at: number, { code, detail }: Event, text: string): void {
    const closed = code === EVENT_CODES.supplyClosed;
    if (closed || code === EVENT_CODES.supplyOpened) this.#supply.add({ at, rank: 1, closed, reason: text });
    if (code === EVENT_CODES.creditApplied) this.#credit.add(at, Number(BigInt(`0x${toHex(detail)}`)));
  }

  #addSound(reading: Reading, at: number | undefined): void {
    const { sequence, imported, exported, credited, status } = reading;
    if (sequence >= (this.#last?.sequence ?? 0)) this.#last = reading;
    if (sequence === 1) this.#credit.isWhole = true;
    this.#sequences.add(sequence, at);
    if (at === undefined) return;
    this.#energy.add({ at, imported, exported, balance: readingBalance(reading) });
    this.#credit.add(at, credited);
    const { relayClosed: closed, reason = 'unknown' } = readStatus(status);
    // Within a second a reading comes first: it states what was before, or else what the event then repeats.
    this.#supply.add({ at, rank: 0, closed, reason });
  }
}

/** mWh: as `balanceOf`, of numbers that may be any */
export function readingBalance({ credited, withdrawn, feedIn, debited }: Reading): number {
  return credited - withdrawn + feedIn - debited;
}

/** The latest of all rows; 0 when there is none. */
function lastTime(tables: Omit<MeterTables, 'supply'>): number {
  return Object.values(tables).reduce((latest, rows) => Math.max(latest, rows.at(-1)?.at ?? 0), 0);
}

/**
 * The device said it of itself and nothing contradicts it. One behind a gap is such a one: what is not to be believed is
 * that nothing was between.
 */
function isSound({ problems }: JudgedReading): boolean {
  return problems.every(({ fault }) => fault === 'out-of-sequence');
}

function arrival(at: number, { reading: { sequence }, problems }: JudgedReading): Arrival {
  const faults = [...new Set(problems.map(({ fault }) => fault))];
  return { at, sequence, verified: faults.length === 0, problems: faults.join(' ') };
}

function timeOfReading({ reading, problems, receivedAt }: JudgedReading): number | undefined {
  const isOwn = problems.every(({ fault }) => fault !== 'wrong-signer' && fault !== 'wrong-meter');
  return timeOf(reading.timestamp, isOwn, receivedAt);
}

/** A foreign one may state any time: of it counts when it came. */
function timeOf(stated: number, isOwn: boolean, receivedAt: number | undefined): number | undefined {
  const time = isOwn && stated > 0 ? stated : receivedAt;
  return time !== undefined && time < END_OF_TIME ? time : undefined;
}
