/**
 * The journal keeps two snapshots, of settings and of counters, in a ring of flash sectors. Integers are big-endian.
 *
 *     sector   header | settings record | counters record | records of either kind ...
 *     header   magic u32 | format u32 | sequence u32 | CRC-32 of the 12 bytes before
 *     record   kind u8 | length u16 | body | CRC-32 of all before, going on from the sector's sequence
 *
 * The header reads so in every format. Records are aligned to 4 bytes; the gap stays erased. The sector's sequence in
 * the CRC keeps what an interrupted erase left of a sector's former life from passing for a record.
 *
 * A sector counts from when it holds a good record of each kind, so it takes over at one stroke. The present state is
 * the last good record of each kind in the sector with the highest sequence that counts. The sector that holds it is
 * never erased: a state is given up only when the one after it is on flash.
 *
 * A sector that takes a write or an erase otherwise than it should is retired for this run: passed over as long as any
 * other is left. Where bits have changed since they were read back, the record before takes the place of a bad one; one
 * bit of a header is put right; and where all records of a kind are bad in a sector that did count, the last of the
 * sector before it stands.
 *
 * What a power cut interrupted may read differently from one time to the next. So opening decides on one read, writes
 * the same bytes once more to make them firm, and goes on in a fresh sector, never behind a torn record.
 */

import { readUint, writeUint } from '../big-endian';
import { concat } from '../bytes';
import type { FlashRegion } from '../host';
import { failure, type Result, success } from '../result';
import { crc32 } from './crc32';
import { program } from './program';
import { RetiredSectors } from './retired-sectors';

/** `M3LG` */
const MAGIC = 0x4d334c47;
const FORMAT = 1;
const HEADER_LENGTH = 16;
const ALIGNMENT = 4;
/** kind, length, CRC */
const RECORD_OVERHEAD = 7;
const KINDS = { settings: 0x53, counters: 0x43 } as const;
const BLANK = 0xff;
/** Of a sector in which something reads badly: a weak bit may read well the next time. */
const MOST_READS = 3;
/** Zeros in a sector never used; a header alone has more. */
const MOST_STUCK_BITS = 8;

export type SnapshotKind = keyof typeof KINDS;

/** The state: opaque to the journal. */
export interface Snapshots {
  readonly settings: Uint8Array;
  readonly counters: Uint8Array;
}

/**
 * `newer-format`: written by a later firmware. `corrupt`: it was in use and no state can be read. `flash-failed`: no
 * sector takes what is written.
 */
export type JournalFault = 'newer-format' | 'corrupt' | 'flash-failed';

interface Header {
  readonly format: number;
  readonly sequence: number;
}

interface StoredRecord {
  /** From the start of the sector that it is read from */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

type StoredRecords = { readonly [kind in SnapshotKind]: StoredRecord | undefined };

interface Place {
  readonly sector: number;
  readonly sequence: number;
}

/** What `place` holds of it are `records`. */
interface StoredState {
  readonly place: Place;
  readonly records: StoredRecords;
  readonly snapshots: Snapshots;
}

export class Journal {
  readonly #region: FlashRegion;
  readonly #retired: RetiredSectors;
  #snapshots: Snapshots;
  /** That holds the state; −1 when none does yet. */
  #sector = -1;
  /** The highest given to a sector. */
  #sequence = 0;
  /** Where in the sector the next record goes. */
  #end: number;
  /** The last that was tried because no other was left. */
  #lastResort = 0;

  private constructor(region: FlashRegion, snapshots: Snapshots, onRetired?: (sector: number) => void) {
    this.#region = region;
    this.#retired = new RetiredSectors(region.size / region.sectorSize, onRetired);
    this.#snapshots = snapshots;
    this.#end = region.sectorSize;
  }

  /**
   * Recovers the state, or begins with `initial` in a region never used before; that includes one whose very first
   * sector was cut short. Anything else that cannot be read is a fault, and the region is left as it is.
   * @param faultOf why what was found is of no use, before anything is written
   * @param onRetired told once of each sector that fails from now on, also while opening
   * @throws RangeError when the region has fewer than two sectors, or `initial` does not fit in one.
   */
  static open(
    region: FlashRegion,
    initial: Snapshots,
    faultOf: (found: Snapshots) => JournalFault | undefined = () => undefined,
    onRetired?: (sector: number) => void,
  ): Result<Journal, JournalFault> {
    if (region.size < 2 * region.sectorSize)
      throw new RangeError(`journal: expected a region of 2 sectors at least, got ${region.size} bytes`);
    const found = recover(region);
    if (!found.ok) return found;
    if (found.value === undefined && !isUnused(region, initial)) return failure('corrupt');
    const journal = new Journal(region, initial, onRetired);
    if (found.value !== undefined) {
      const fault = faultOf(found.value.snapshots);
      if (fault !== undefined) return failure(fault);
      journal.#takeOver(found.value);
    }
    return journal.#roll(journal.#snapshots) ? success(journal) : failure('flash-failed');
  }

  get settings(): Uint8Array {
    return this.#snapshots.settings;
  }

  get counters(): Uint8Array {
    return this.#snapshots.counters;
  }

  /**
   * Keeps a new snapshot: durable when true. False when no sector takes it; the state on flash is then the old one or
   * the new one, and a later call tries again.
   * @throws RangeError when both snapshots together do not fit in a sector.
   */
  save(kind: SnapshotKind, body: Uint8Array): boolean {
    const next = { ...this.#snapshots, [kind]: body };
    if (!this.#append(encodeRecord(kind, body, this.#sequence))) return this.#roll(next);
    this.#snapshots = next;
    return true;
  }

  #append(record: Uint8Array): boolean {
    const { sectorSize } = this.#region;
    if (this.#end + record.length > sectorSize) return false;
    const offset = this.#sector * sectorSize + this.#end;
    this.#end += record.length;
    const taken = program(this.#region, offset, record);
    if (!taken) this.#retired.add(this.#sector);
    return taken;
  }

  /** Begins a sector that holds `snapshots`: the next in the ring that works, but not the one with the state. */
  #roll(snapshots: Snapshots): boolean {
    const { size, sectorSize } = this.#region;
    // Nothing follows a record that failed, nor one that would carry a later sector's sequence.
    this.#end = sectorSize;
    const count = size / sectorSize;
    const last = this.#sector < 0 ? count : count - 1;
    for (let step = 1; step <= last; step++) {
      const sector = (this.#sector + step) % count;
      if (!this.#retired.has(sector) && this.#begin(sector, snapshots)) return true;
    }
    // What failed may work again: one at a time, since an erase that fails takes long.
    do this.#lastResort = (this.#lastResort + 1) % count;
    while (this.#lastResort === this.#sector);
    return this.#begin(this.#lastResort, snapshots);
  }

  #begin(sector: number, snapshots: Snapshots): boolean {
    const { sectorSize } = this.#region;
    const image = encodeSector(++this.#sequence, snapshots, sectorSize);
    if (!this.#region.erase(sector) || !program(this.#region, sector * sectorSize, image)) {
      this.#retired.add(sector);
      return false;
    }
    this.#sector = sector;
    this.#end = image.length;
    this.#snapshots = snapshots;
    return true;
  }

  #takeOver({ place, records, snapshots }: StoredState): void {
    const { sector, sequence } = place;
    // Should one of these fail, the fresh sector that opening begins holds the state all the same.
    this.#makeFirm(sector, 0, encodeHeader(sequence));
    const { settings, counters } = records;
    if (settings) this.#makeFirm(sector, settings.offset, settings.bytes);
    if (counters) this.#makeFirm(sector, counters.offset, counters.bytes);
    this.#sector = sector;
    this.#sequence = sequence;
    this.#snapshots = snapshots;
  }

  #makeFirm(sector: number, offset: number, bytes: Uint8Array): void {
    if (!program(this.#region, sector * this.#region.sectorSize + offset, bytes)) this.#retired.add(sector);
  }
}

/** The present state; undefined when no sector counts. Each byte is read a few times at most, whatever stands there. */
function recover(region: FlashRegion): Result<StoredState | undefined, 'newer-format'> {
  const candidates: Place[] = [];
  for (let sector = 0; sector < region.size / region.sectorSize; sector++) {
    const bytes = region.read(sector * region.sectorSize, HEADER_LENGTH);
    const header = decodeHeader(bytes) ?? decodeMended(bytes);
    if (header === undefined) continue;
    if (header.format !== FORMAT) return failure('newer-format');
    candidates.push({ sector, sequence: header.sequence });
  }
  candidates.sort((a, b) => b.sequence - a.sequence);
  let newest: { readonly place: Place; readonly records: StoredRecords } | undefined;
  for (const place of candidates) {
    const records = readRecords(region, place);
    if (records === undefined) continue;
    newest ??= { place, records };
    const settings = newest.records.settings ?? records.settings;
    const counters = newest.records.counters ?? records.counters;
    if (settings && counters)
      return success({ ...newest, snapshots: { settings: bodyOf(settings), counters: bodyOf(counters) } });
  }
  return success(undefined);
}

/** The last good record of each kind in a sector; undefined when it never counted. */
function readRecords(region: FlashRegion, { sector, sequence }: Place): StoredRecords | undefined {
  let settings: StoredRecord | undefined;
  let counters: StoredRecord | undefined;
  let bytes: Uint8Array;
  let end: number;
  let reads = 0;
  do {
    bytes = region.read(sector * region.sectorSize, region.sectorSize);
    settings = later(settings, lastRecord(bytes, 'settings', sequence));
    counters = later(counters, lastRecord(bytes, 'counters', sequence));
    end = Math.max(endOf(settings), endOf(counters));
  } while (++reads < MOST_READS && !(settings && counters && (bytes[end] ?? BLANK) === BLANK));
  if (settings && counters) return { settings, counters };
  // A record behind the first of its kind was added when the sector held both.
  const only = settings ?? counters;
  const kind = settings ? 'settings' : 'counters';
  const counted = only && lastRecord(bytes, kind, sequence, only.offset) !== undefined;
  return counted ? { settings, counters } : undefined;
}

/**
 * The last good record of a kind that begins before `limit` in the bytes of a sector, whatever stands between and behind
 * them. From the end on, so that the CRC of no others is computed: of a whole sector it takes a small machine tens of
 * milliseconds.
 */
function lastRecord(
  bytes: Uint8Array,
  kind: SnapshotKind,
  sequence: number,
  limit = bytes.length,
): StoredRecord | undefined {
  const last = limit - 1;
  for (let offset = last - (last % ALIGNMENT); offset >= HEADER_LENGTH; offset -= ALIGNMENT) {
    const record = bytes[offset] === KINDS[kind] ? recordAt(bytes, offset, sequence) : undefined;
    if (record !== undefined) return record;
  }
  return undefined;
}

function later(a: StoredRecord | undefined, b: StoredRecord | undefined): StoredRecord | undefined {
  return a === undefined || (b !== undefined && b.offset > a.offset) ? b : a;
}

/** Where the next record begins, from the start of the sector. */
function endOf(record: StoredRecord | undefined): number {
  return record === undefined ? HEADER_LENGTH : record.offset + align(record.bytes.length);
}

/** Undefined when the record that begins at `offset` is not good. */
function recordAt(sector: Uint8Array, offset: number, sequence: number): StoredRecord | undefined {
  const end = offset + RECORD_OVERHEAD + readUint(sector, offset + 1, 2);
  if (end > sector.length) return undefined;
  const good = crc32(sector.subarray(offset, end - 4), sequence) === readUint(sector, end - 4, 4);
  return good ? { offset, bytes: sector.slice(offset, end) } : undefined;
}

function bodyOf({ bytes }: StoredRecord): Uint8Array {
  return bytes.slice(3, -4);
}

/**
 * Whether nothing was ever kept here: each sector is erased, or shows some of the zero bits of the sector that a first
 * opening writes there, and but a few others, which are stuck.
 */
function isUnused(region: FlashRegion, initial: Snapshots): boolean {
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

/** @throws RangeError when the snapshots do not fit. */
function encodeSector(sequence: number, { settings, counters }: Snapshots, sectorSize: number): Uint8Array {
  const image = concat(
    encodeHeader(sequence),
    encodeRecord('settings', settings, sequence),
    encodeRecord('counters', counters, sequence),
  );
  if (image.length > sectorSize)
    throw new RangeError(
      `journal: expected snapshots for a sector of ${sectorSize}, got ${image.length} bytes`,
    );
  return image;
}

function encodeHeader(sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  writeUint(bytes, 0, 4, MAGIC);
  writeUint(bytes, 4, 4, FORMAT);
  writeUint(bytes, 8, 4, sequence);
  writeUint(bytes, 12, 4, crc32(bytes.subarray(0, 12)));
  return bytes;
}

/** Undefined when these are not a header. */
function decodeHeader(bytes: Uint8Array): Header | undefined {
  if (readUint(bytes, 0, 4) !== MAGIC || readUint(bytes, 12, 4) !== crc32(bytes.subarray(0, 12)))
    return undefined;
  return { format: readUint(bytes, 4, 4), sequence: readUint(bytes, 8, 4) };
}

/**
 * The header whose bytes these are but for one bit; undefined when there is none. Left as it is, it would take its sector
 * along. No harm can come of a wrong one: the records' CRCs go on from its sequence.
 */
function decodeMended(bytes: Uint8Array): Header | undefined {
  for (let bit = 0; bit < 8 * HEADER_LENGTH; bit++) {
    const k = bit >> 3;
    const byte = bytes[k] as number;
    bytes[k] = byte ^ (1 << (bit & 7));
    const header = decodeHeader(bytes);
    if (header !== undefined) return header;
    bytes[k] = byte;
  }
  return undefined;
}

/** With the erased gap up to the next record. */
function encodeRecord(kind: SnapshotKind, body: Uint8Array, sequence: number): Uint8Array {
  const length = RECORD_OVERHEAD + body.length;
  const bytes = new Uint8Array(align(length)).fill(BLANK);
  bytes[0] = KINDS[kind];
  writeUint(bytes, 1, 2, body.length);
  bytes.set(body, 3);
  writeUint(bytes, length - 4, 4, crc32(bytes.subarray(0, length - 4), sequence));
  return bytes;
}

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
