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
 * What a power cut interrupted may read differently from one time to the next. So opening decides on one read, writes
 * the same bytes once more to make them firm, and goes on in a fresh sector, never behind a torn record.
 */

import { readUint, writeUint } from '../big-endian';
import { concat } from '../bytes';
import type { FlashRegion } from '../host';
import { failure, type Result, success } from '../result';
import { crc32 } from './crc32';
import { program } from './program';

/** `M3LG` */
const MAGIC = 0x4d334c47;
const FORMAT = 1;
const HEADER_LENGTH = 16;
const ALIGNMENT = 4;
/** kind, length, CRC */
const RECORD_OVERHEAD = 7;
const KINDS = { settings: 0x53, counters: 0x43 } as const;
const BLANK = 0xff;

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
  /** From the start of the sector */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface StoredState {
  readonly sector: number;
  readonly sequence: number;
  readonly settings: StoredRecord;
  readonly counters: StoredRecord;
}

export class Journal {
  readonly #region: FlashRegion;
  #snapshots: Snapshots;
  /** That holds the state; −1 when none does yet. */
  #sector = -1;
  /** The highest given to a sector. */
  #sequence = 0;
  /** Where in the sector the next record goes. */
  #end: number;

  private constructor(region: FlashRegion, snapshots: Snapshots) {
    this.#region = region;
    this.#snapshots = snapshots;
    this.#end = region.sectorSize;
  }

  /**
   * Recovers the state, or begins with `initial` in a region never used before; that includes one whose very first
   * sector was cut short. Anything else that cannot be read is a fault, and the region is left as it is.
   * @param faultOf why what was found is of no use, before anything is written
   * @throws RangeError when the region has fewer than two sectors, or `initial` does not fit in one.
   */
  static open(
    region: FlashRegion,
    initial: Snapshots,
    faultOf: (found: Snapshots) => JournalFault | undefined = () => undefined,
  ): Result<Journal, JournalFault> {
    if (region.size < 2 * region.sectorSize)
      throw new RangeError(`journal: expected a region of 2 sectors at least, got ${region.size} bytes`);
    const found = recover(region);
    if (!found.ok) return found;
    if (found.value === undefined && !isUnused(region, initial)) return failure('corrupt');
    const journal = new Journal(region, initial);
    if (found.value !== undefined) {
      const { settings, counters } = found.value;
      const fault = faultOf({ settings: bodyOf(settings), counters: bodyOf(counters) });
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
    return program(this.#region, offset, record);
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
      const image = encodeSector(++this.#sequence, snapshots, sectorSize);
      if (!this.#region.erase(sector) || !program(this.#region, sector * sectorSize, image)) continue;
      this.#sector = sector;
      this.#end = image.length;
      this.#snapshots = snapshots;
      return true;
    }
    return false;
  }

  #takeOver({ sector, sequence, settings, counters }: StoredState): void {
    const base = sector * this.#region.sectorSize;
    // Should one of these fail, the fresh sector that opening begins holds the state all the same.
    program(this.#region, base, encodeHeader(sequence));
    program(this.#region, base + settings.offset, settings.bytes);
    program(this.#region, base + counters.offset, counters.bytes);
    this.#sector = sector;
    this.#sequence = sequence;
    this.#snapshots = { settings: bodyOf(settings), counters: bodyOf(counters) };
  }
}

/** The present state; undefined when no sector counts. Each byte is read once or twice, whatever stands there. */
function recover(region: FlashRegion): Result<StoredState | undefined, 'newer-format'> {
  const candidates: { sector: number; sequence: number }[] = [];
  for (let sector = 0; sector < region.size / region.sectorSize; sector++) {
    const header = decodeHeader(region.read(sector * region.sectorSize, HEADER_LENGTH));
    if (header === undefined) continue;
    if (header.format !== FORMAT) return failure('newer-format');
    candidates.push({ sector, sequence: header.sequence });
  }
  candidates.sort((a, b) => b.sequence - a.sequence);
  for (const { sector, sequence } of candidates) {
    const bytes = region.read(sector * region.sectorSize, region.sectorSize);
    const { settings, counters } = lastRecords(bytes, sequence);
    if (settings && counters) return success({ sector, sequence, settings, counters });
  }
  return success(undefined);
}

/**
 * The last good record of each kind in the bytes of a sector, whatever stands between and behind them. From the end on, so
 * that the CRC of no others is computed: of a whole sector it takes a small machine tens of milliseconds.
 */
function lastRecords(bytes: Uint8Array, sequence: number): { [kind in SnapshotKind]?: StoredRecord } {
  let settings: StoredRecord | undefined;
  let counters: StoredRecord | undefined;
  const end = bytes.length - RECORD_OVERHEAD;
  for (let offset = end - (end % ALIGNMENT); offset >= HEADER_LENGTH; offset -= ALIGNMENT) {
    const kind = bytes[offset];
    if (kind === KINDS.counters) counters ??= recordAt(bytes, offset, sequence);
    else if (kind === KINDS.settings) settings ??= recordAt(bytes, offset, sequence);
    if (settings && counters) break;
  }
  return { ...(settings && { settings }), ...(counters && { counters }) };
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
 * opening writes there and no others.
 */
function isUnused(region: FlashRegion, initial: Snapshots): boolean {
  const { size, sectorSize } = region;
  for (let sector = 0; sector < size / sectorSize; sector++) {
    const image = encodeSector(sector + 1, initial, sectorSize);
    const bytes = region.read(sector * sectorSize, sectorSize);
    if (!bytes.every((byte, k) => ((image[k] ?? BLANK) & ~byte) === 0)) return false;
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
