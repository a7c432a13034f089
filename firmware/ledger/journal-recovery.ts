import type { FlashRegion } from '../host';
import { failure, type Result, success } from '../result';
import {
  ALIGNMENT,
  BLANK,
  bodyOf,
  decodeHeader,
  encodeSector,
  endOf,
  FORMAT,
  HEADER_LENGTH,
  KIND_BY_CODE,
  KINDS,
  recordAt,
  SNAPSHOT_KINDS,
  type SnapshotKind,
  type Snapshots,
  type StoredRecord,
} from './journal-format';

/** Of a sector in which something reads badly: a weak bit may read well the next time. */
const MOST_READS = 3;
/** Zeros in a sector never used; a header alone has more. */
const MOST_STUCK_BITS = 8;

export type StoredRecords = { readonly [kind in SnapshotKind]?: StoredRecord };
type FoundRecords = { -readonly [kind in SnapshotKind]?: StoredRecord };

export interface Place {
  readonly sector: number;
  readonly sequence: number;
}

/** What `place` holds of it are `records`. */
export interface StoredState {
  readonly place: Place;
  readonly records: StoredRecords;
  readonly snapshots: Snapshots;
}

interface SectorRecords {
  /** The last good one of each kind */
  readonly records: StoredRecords;
  /** A kind that is missing has never been in it: it need not be looked for in the sectors before. */
  readonly isWhole: boolean;
}

/**
 * The present state; undefined when no sector counts. It reads each sector's header and, from the newest sector on, as many
 * sectors as it takes, each at most 3 times, whatever stands there: one, once, if nothing is damaged.
 */
export function recover(region: FlashRegion): Result<StoredState | undefined, 'newer-format'> {
  const candidates = findCandidates(region);
  if (candidates === undefined) return failure('newer-format');
  let place: Place | undefined;
  let records: StoredRecords = {};
  let found: StoredRecords = {};
  for (const candidate of candidates) {
    const held = readSector(region, candidate);
    if (held === undefined) continue;
    if (place === undefined) {
      place = candidate;
      records = held.records;
    }
    found = { ...held.records, ...found };
    if (held.isWhole && found.settings && found.counters) break;
  }
  const { settings, counters } = found;
  if (place === undefined || !settings || !counters) return success(undefined);
  return success({ place, records, snapshots: snapshotsOf(found, settings, counters) });
}

function snapshotsOf(found: StoredRecords, settings: StoredRecord, counters: StoredRecord): Snapshots {
  const snapshots: { -readonly [kind in keyof Snapshots]: Snapshots[kind] } = {
    settings: bodyOf(settings),
    counters: bodyOf(counters),
  };
  for (const kind of SNAPSHOT_KINDS) {
    const record = found[kind];
    if (record !== undefined) snapshots[kind] = bodyOf(record);
  }
  return snapshots;
}

/** Sectors with a header, the newest first; undefined when a later firmware wrote one. */
function findCandidates(region: FlashRegion): readonly Place[] | undefined {
  const candidates: Place[] = [];
  for (let sector = 0; sector < region.size / region.sectorSize; sector++) {
    const header = decodeHeader(region.read(sector * region.sectorSize, HEADER_LENGTH));
    if (header === undefined) continue;
    if (header.format !== FORMAT) return undefined;
    candidates.push({ sector, sequence: header.sequence });
  }
  return candidates.sort((a, b) => b.sequence - a.sequence);
}

/** Undefined when the sector never counted. */
function readSector(region: FlashRegion, { sector, sequence }: Place): SectorRecords | undefined {
  const records: FoundRecords = {};
  let bytes: Uint8Array;
  let end: number;
  let isSound = false;
  let reads = 0;
  do {
    bytes = region.read(sector * region.sectorSize, region.sectorSize);
    findLast(bytes, sequence, records);
    end = endOfAll(records);
    isSound ||= isWhole(bytes, sequence);
  } while (++reads < MOST_READS && !(isSound && records.counters && (bytes[end] ?? BLANK) === BLANK));
  const { settings, counters } = records;
  if (isSound && settings && counters) return { records, isWhole: true };
  // A fresh sector has one record of each kind and ends with counters: what is more was added when it counted.
  const last = counters ?? settings;
  const counted =
    last !== undefined &&
    (end > endOf(last) || isSecond(bytes, settings, sequence) || isSecond(bytes, counters, sequence));
  return counted ? { records, isWhole: false } : undefined;
}

/**
 * Puts into `found` the last good record of each kind in the bytes of a sector, whatever stands between and behind them,
 * where it is behind the one found before. From the end on, so that the CRC of no others is computed: of a whole sector it
 * takes a small machine tens of milliseconds.
 */
function findLast(bytes: Uint8Array, sequence: number, found: FoundRecords): void {
  const last = bytes.length - 1;
  for (let offset = last - (last % ALIGNMENT); offset >= HEADER_LENGTH; offset -= ALIGNMENT) {
    const kind = KIND_BY_CODE[bytes[offset] as number];
    if (kind === undefined || (found[kind]?.offset ?? 0) >= offset) continue;
    const record = recordAt(bytes, offset, sequence);
    if (record !== undefined) found[kind] = record;
  }
}

/** Where the next record goes, by those that are good. */
function endOfAll(records: StoredRecords): number {
  let end = HEADER_LENGTH;
  for (const kind of SNAPSHOT_KINDS) {
    const record = records[kind];
    if (record !== undefined) end = Math.max(end, endOf(record));
  }
  return end;
}

/** Whether another good record of its kind stands before `record`, if there is one. */
function isSecond(bytes: Uint8Array, record: StoredRecord | undefined, sequence: number): boolean {
  if (record === undefined) return false;
  const kind = KIND_BY_CODE[record.bytes[0] as number] as SnapshotKind;
  const earlier: FoundRecords = {};
  findLast(bytes.subarray(0, record.offset), sequence, earlier);
  return earlier[kind] !== undefined;
}

/** Whether all is good that a sector began with, up to its settings. */
function isWhole(bytes: Uint8Array, sequence: number): boolean {
  let offset = HEADER_LENGTH;
  for (;;) {
    const record = recordAt(bytes, offset, sequence);
    if (record === undefined) return false;
    if (bytes[offset] === KINDS.settings) return true;
    offset = endOf(record);
  }
}

/**
 * Whether nothing was ever kept here: each sector is erased, or shows some of the zero bits of the sector that a first
 * opening writes there, and but a few others, which are stuck.
 */
export function isUnused(region: FlashRegion, initial: Snapshots): boolean {
  const { size, sectorSize } = region;
  for (let sector = 0; sector < size / sectorSize; sector++) {
    const image = encodeSector(sector + 1, initial, sectorSize);
    const bytes = region.read(sector * sectorSize, sectorSize);
    let stuck = 0;
    for (let k = 0; k < sectorSize; k++) {
      let zeros = (image[k] ?? BLANK) & ~(bytes[k] as number);
      for (; zeros !== 0; zeros &= zeros - 1) stuck++;
    }
    if (stuck > MOST_STUCK_BITS) return false;
  }
  return true;
}
