/**
 * The log keeps readings and events, each kind a hash chain numbered from 1, in a ring of flash sectors; the oldest
 * sector makes room for the newest. `log-format.ts` tells the bytes.
 *
 * An entry's `previous` is not stored but made anew, from the head that its sector states on. So an unreadable entry
 * takes those behind it in the sector along, and no others.
 *
 * What a power cut interrupted may read differently from one time to the next, even as erased, until it is written
 * once more. So each step leaves a firm trace before the next begins:
 * - The first 8 bytes of an entry are durable before the rest is begun. Opening either sees that an entry was torn; or
 *   sees nothing, leaves out 8 bytes and goes on behind them, once it has cleared them.
 * - The newest sector is marked as closed before the oldest is erased.
 * - Where the newest sector is closed, or holds what is torn or damaged, opening begins a new one. Its header states the
 *   heads: a torn entry that comes to life later has a sequence above them, and is not believed.
 *
 * A sector that takes a write or an erase otherwise than it should is retired for this run: passed over as long as any
 * other is left. A sector's sequence grows with its place in the ring, used or passed over: what is left of rounds before
 * in one that could not be erased is thus known. The entry that was added last is never erased for want of another
 * sector, unless a good one states the heads.
 */
import { equal } from '../bytes';
import type { FlashRegion } from '../host';
import { program } from '../ledger/program';
import { RetiredSectors } from '../ledger/retired-sectors';
import { type ChainHead, EMPTY_CHAIN } from '../ledger/state';
import { failure, type Result, success } from '../result';
import {
  align,
  decodeEntry,
  decodeHeader,
  ENTRY_KINDS,
  ENTRY_OVERHEAD,
  type EntryKind,
  encodeEntry,
  encodeHeader,
  entryLength,
  HEADER_LENGTH,
  type SectorHeader,
  SLOT,
  type StoredEntry,
} from './log-format';

export type { EntryKind };

const BLANK = 0xff;
/** Sectors with entries that are given up for one: more would let failing flash eat the whole ring. */
const SECTORS_TO_GIVE = 3;

/** The 32 bytes by which the next entry of the kind refers to this one. */
export type DigestOf = (
  kind: EntryKind,
  sequence: number,
  body: Uint8Array,
  previous: Uint8Array,
) => Uint8Array;

export interface LogEntry {
  readonly sequence: number;
  readonly body: Uint8Array;
  /** Digest of the entry before it: 32 bytes, zeros for the first */
  readonly previous: Uint8Array;
  readonly digest: Uint8Array;
}

export class EntryLog {
  readonly #region: FlashRegion;
  readonly #digestOf: DigestOf;
  /** By sector: its sequence; 0 when it holds nothing. */
  readonly #sequences: Uint32Array;
  /** By sector: the last entry before it. */
  readonly #before: { readonly [kind in EntryKind]: Uint32Array };
  readonly #heads: { [kind in EntryKind]: ChainHead } = { reading: EMPTY_CHAIN, event: EMPTY_CHAIN };
  readonly #retired: RetiredSectors;
  /** The last that was begun, or tried; −1 when none was. */
  #sector = -1;
  #sequence = 0;
  /** Where in the sector the next entry goes. */
  #end: number;
  /** Where in the sector 8 bytes were left out, to be cleared before the next entry is begun. */
  #gap: number | undefined;

  private constructor(region: FlashRegion, digestOf: DigestOf, onRetired?: (sector: number) => void) {
    const count = region.size / region.sectorSize;
    this.#region = region;
    this.#digestOf = digestOf;
    this.#retired = new RetiredSectors(count, onRetired);
    this.#sequences = new Uint32Array(count);
    this.#before = { reading: new Uint32Array(count), event: new Uint32Array(count) };
    this.#end = region.sectorSize;
  }

  /**
   * Finds the heads of both chains. Damage is no fault: what can be read is kept, and where the newest is lost,
   * `continueFrom` must tell. `newer-format`: written by a later firmware, and left as it is.
   * @param onRetired told once of each sector that fails from now on, also while opening
   * @throws RangeError when the region has fewer than two sectors.
   */
  static open(
    region: FlashRegion,
    digestOf: DigestOf,
    onRetired?: (sector: number) => void,
  ): Result<EntryLog, 'newer-format'> {
    if (region.size < 2 * region.sectorSize)
      throw new RangeError(`log: expected a region of 2 sectors at least, got ${region.size} bytes`);
    const log = new EntryLog(region, digestOf, onRetired);
    let newest: SectorHeader | undefined;
    for (let sector = 0; sector < log.#sequences.length; sector++) {
      const header = decodeHeader(region.read(sector * region.sectorSize, HEADER_LENGTH));
      if (header === 'newer-format') return failure(header);
      if (header === undefined) continue;
      log.#index(sector, header);
      if (newest !== undefined && newest.sequence > header.sequence) continue;
      newest = header;
      log.#sector = sector;
    }
    if (newest === undefined) return success(log);
    log.#dropBefore(newest.sequence);
    log.#takeOver(newest);
    return success(log);
  }

  /** The last entry of a chain: sequence 0 and a digest of zeros when there is none. */
  head(kind: EntryKind): ChainHead {
    return this.#heads[kind];
  }

  /**
   * Lets a chain go on from `head`, which was kept elsewhere, if it is further than what the log itself has: no
   * sequence is used twice though entries were lost. Likewise if its digest is another: then the log's last entry was
   * made in a former name of the meter, by which its digest is not made here.
   */
  continueFrom(kind: EntryKind, head: ChainHead): void {
    const own = this.#heads[kind];
    if (head.sequence < own.sequence) return;
    if (head.sequence === own.sequence && equal(head.digest, own.digest)) return;
    this.#heads[kind] = head;
    // Only the head of a sector can say what the entries in it follow.
    this.#end = this.#region.sectorSize;
  }

  /** The smallest sequence that is still kept; the one after the head's when none is. */
  oldest(kind: EntryKind): number {
    const first = this.entries(kind, 0).next();
    return first.done ? this.#heads[kind].sequence + 1 : first.value.sequence;
  }

  /** The last sequence that has made room for newer entries; 0 when none had to. */
  dropped(kind: EntryKind): number {
    const oldest = this.#sectorAfter(0);
    return oldest === undefined ? this.#heads[kind].sequence : (this.#before[kind][oldest] as number);
  }

  /**
   * Adds an entry: durable when true. False when the flash failed; it may then be tried again with the same sequence.
   * @throws RangeError when `sequence` is not the one after the head's, or the body does not fit in a sector.
   */
  append(kind: EntryKind, sequence: number, body: Uint8Array): boolean {
    const head = this.#heads[kind];
    if (sequence !== head.sequence + 1)
      throw new RangeError(`append: expected ${kind} ${head.sequence + 1}, got ${sequence}`);
    const limit = this.#region.sectorSize - HEADER_LENGTH - ENTRY_OVERHEAD - SLOT;
    if (body.length > limit)
      throw new RangeError(`append: expected ${limit} bytes at most, got ${body.length}`);
    const write = () => this.#write(kind, sequence, body);
    const written = write() || this.#goOn(write);
    if (written) this.#heads[kind] = { sequence, digest: this.#digestOf(kind, sequence, body, head.digest) };
    return written;
  }

  /**
   * The entries of a kind from sequence `from` on, in order, those that are appended meanwhile too. Finding the first
   * costs no more than the reading of one sector. Entries that were lost are left out.
   */
  *entries(kind: EntryKind, from: number): Generator<LogEntry, void, void> {
    let sector = this.#sectorWith(kind, from);
    while (sector !== undefined) {
      const sequence = this.#sequences[sector] as number;
      for (const entry of this.#chain(kind, sector)) if (entry.sequence >= from) yield entry;
      sector = this.#sectorAfter(sequence);
    }
  }

  /** The entries of a kind in a sector that follow from its header. Once it is dropped, none of its entries reads. */
  *#chain(kind: EntryKind, sector: number): Generator<LogEntry, void, void> {
    const { sectorSize } = this.#region;
    const header = this.#header(sector);
    if (header === undefined) return;
    let head = header.heads[kind];
    let offset = HEADER_LENGTH;
    let last = this.#lastIn(kind, header.sequence);
    while (head.sequence < last && offset < sectorSize - SLOT) {
      const stored = this.#read(sector, offset, header.sequence);
      offset += stored === undefined ? SLOT : align(stored.bytes.length);
      if (stored?.kind !== kind) continue;
      const { sequence, body } = stored;
      if (sequence !== head.sequence + 1) return;
      const previous = head.digest;
      head = { sequence, digest: this.#digestOf(kind, sequence, body, previous) };
      yield { sequence, body, previous, digest: head.digest };
      last = this.#lastIn(kind, header.sequence);
    }
  }

  /** The last entry of a kind that can be in the sector with this sequence. */
  #lastIn(kind: EntryKind, sequence: number): number {
    const next = this.#sectorAfter(sequence);
    return next === undefined ? this.#heads[kind].sequence : (this.#before[kind][next] as number);
  }

  /** The newest sector that begins no later than entry `from`; the oldest when all begin later. */
  #sectorWith(kind: EntryKind, from: number): number | undefined {
    let best: number | undefined;
    for (let sector = 0; sector < this.#sequences.length; sector++) {
      const sequence = this.#sequences[sector] as number;
      if (sequence === 0 || (this.#before[kind][sector] as number) >= from) continue;
      if (best === undefined || sequence > (this.#sequences[best] as number)) best = sector;
    }
    return best ?? this.#sectorAfter(0);
  }

  /** The sector that follows the one with this sequence; undefined after the newest. */
  #sectorAfter(sequence: number): number | undefined {
    let best: number | undefined;
    for (let sector = 0; sector < this.#sequences.length; sector++) {
      const candidate = this.#sequences[sector] as number;
      if (candidate <= sequence) continue;
      if (best === undefined || candidate < (this.#sequences[best] as number)) best = sector;
    }
    return best;
  }

  /** What is of a round of the ring before the one that ends with sequence `newest`. */
  #dropBefore(newest: number): void {
    const count = this.#sequences.length;
    for (let sector = 0; sector < count; sector++)
      if ((this.#sequences[sector] as number) + count <= newest) this.#sequences[sector] = 0;
  }

  #index(sector: number, header: SectorHeader): void {
    this.#sequences[sector] = header.sequence;
    for (const kind of ENTRY_KINDS) this.#before[kind][sector] = header.heads[kind].sequence;
  }

  /** Goes on in the newest sector if it is open and all that stands in it is sound, else in a new one. */
  #takeOver(header: SectorHeader): void {
    const { sectorSize } = this.#region;
    const base = this.#sector * sectorSize;
    this.#sequence = header.sequence;
    Object.assign(this.#heads, header.heads);
    const { last, end, sound } = this.#scan(header.sequence);
    // What was written last is made firm. Should that fail, it is as good, or as bad, as it was.
    const firm =
      this.#program(base, encodeHeader(header)) &&
      (last === undefined || this.#program(base + last.offset, last.bytes));
    const open = isAll(this.#region.read(base + sectorSize - SLOT, SLOT), BLANK);
    // A new sector states for good what was decided here: a torn entry, or the header of a sector that was begun,
    // might read otherwise at the next opening. If it fails, the next entry tries again.
    if (open && sound && firm) {
      this.#gap = end;
      this.#end = end + SLOT;
    } else this.#goOn(() => true);
  }

  /** Follows the chains through the newest sector to the end of its entries. */
  #scan(sectorSequence: number) {
    const { sectorSize } = this.#region;
    let last: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
    let end = HEADER_LENGTH;
    let sound = true;
    let torn = false;
    for (let offset = HEADER_LENGTH; offset < sectorSize - SLOT; ) {
      const stored = this.#read(this.#sector, offset, sectorSequence);
      if (stored === undefined) {
        const slot = this.#region.read(this.#sector * sectorSize + offset, SLOT);
        offset += SLOT;
        if (isAll(slot, 0)) end = offset;
        else torn ||= !isAll(slot, BLANK);
        continue;
      }
      sound = this.#follow(stored) && sound;
      last = { offset, bytes: stored.bytes };
      offset += align(stored.bytes.length);
      end = offset;
      torn = false;
    }
    return { last, end, sound: sound && !torn };
  }

  /** False when the entry does not follow the head of its chain. */
  #follow({ kind, sequence, body }: StoredEntry): boolean {
    const head = this.#heads[kind];
    if (sequence !== head.sequence + 1) return false;
    this.#heads[kind] = { sequence, digest: this.#digestOf(kind, sequence, body, head.digest) };
    return true;
  }

  /** Undefined when there is none. */
  #header(sector: number): SectorHeader | undefined {
    const header = decodeHeader(this.#region.read(sector * this.#region.sectorSize, HEADER_LENGTH));
    return header === 'newer-format' ? undefined : header;
  }

  /** In a new sector: the next that can be begun and `write` succeeds in. */
  #goOn(write: () => boolean): boolean {
    const least = this.#used() - SECTORS_TO_GIVE;
    const tries = Math.max(1, this.#sequences.length - this.#retired.size);
    for (let k = 0; k < tries && this.#used() > least; k++) if (this.#roll() && write()) return true;
    return false;
  }

  /** How many sectors hold entries, or may. */
  #used(): number {
    return this.#sequences.reduce((count, sequence) => (sequence > 0 ? count + 1 : count), 0);
  }

  /** Closes the sector, drops the next of the ring and begins it anew. */
  #roll(): boolean {
    const { sectorSize } = this.#region;
    if (this.#sequences[this.#sector] === this.#sequence)
      this.#program((this.#sector + 1) * sectorSize - SLOT, new Uint8Array(SLOT));
    this.#end = sectorSize;
    this.#gap = undefined;
    this.#advance();
    const header = { sequence: this.#sequence, heads: this.#heads };
    const isErased = this.#region.erase(this.#sector);
    if (isErased) this.#sequences[this.#sector] = 0;
    if (!isErased || !program(this.#region, this.#sector * sectorSize, encodeHeader(header))) {
      this.#retired.add(this.#sector);
      return false;
    }
    this.#index(this.#sector, header);
    this.#dropBefore(this.#sequence);
    this.#end = HEADER_LENGTH;
    return true;
  }

  /**
   * To the next sector of the ring that is not retired; to the next at all, which may work again, where none is left.
   * What those hold that are passed is dropped.
   */
  #advance(): void {
    const count = this.#sequences.length;
    const kept = this.#onlySectorWithHeads();
    for (let step = 1; step <= 2 * count; step++) {
      this.#sector = (this.#sector + 1) % count;
      this.#sequence++;
      if (this.#sector === kept) this.#sequence = this.#sequences[kept] as number;
      else if (step > count || !this.#retired.has(this.#sector)) return;
      else if (this.#sequences[this.#sector]) {
        // The same sequences may come again: a header that has one should not stay.
        this.#region.write(this.#sector * this.#region.sectorSize, new Uint8Array(HEADER_LENGTH));
        this.#sequences[this.#sector] = 0;
      }
    }
  }

  /** The sector with the entry that was added last; undefined when there is none, or a good one states the heads. */
  #onlySectorWithHeads(): number | undefined {
    let newest = 0;
    let only: number | undefined;
    for (const kind of ENTRY_KINDS) {
      const sector = this.#sectorWith(kind, this.#heads[kind].sequence);
      if (sector === undefined || (this.#sequences[sector] as number) < newest) continue;
      newest = this.#sequences[sector] as number;
      only = sector;
    }
    const isStated = this.#sequences.some((sequence, k) => sequence > newest && !this.#retired.has(k));
    return isStated ? undefined : only;
  }

  /** In the sector of the moment, which is retired when it fails. */
  #program(offset: number, bytes: Uint8Array): boolean {
    const taken = program(this.#region, offset, bytes);
    if (!taken) this.#retired.add(this.#sector);
    return taken;
  }

  #write(kind: EntryKind, sequence: number, body: Uint8Array): boolean {
    const { sectorSize } = this.#region;
    const bytes = encodeEntry(kind, sequence, body, this.#sequence);
    const base = this.#sector * sectorSize;
    if (this.#end + bytes.length > sectorSize - SLOT) return false;
    const written =
      (this.#gap === undefined || this.#program(base + this.#gap, new Uint8Array(SLOT))) &&
      this.#program(base + this.#end, bytes.subarray(0, SLOT)) &&
      this.#program(base + this.#end + SLOT, bytes.subarray(SLOT));
    this.#gap = undefined;
    this.#end = written ? this.#end + align(bytes.length) : sectorSize;
    return written;
  }

  /** Undefined when no good entry begins there. */
  #read(sector: number, offset: number, sectorSequence: number): StoredEntry | undefined {
    const { sectorSize } = this.#region;
    const start = this.#region.read(sector * sectorSize + offset, SLOT);
    const length = entryLength(start, sectorSequence);
    if (length === undefined || offset + length > sectorSize - SLOT) return undefined;
    return decodeEntry(this.#region.read(sector * sectorSize + offset, length), sectorSequence);
  }
}

function isAll(bytes: Uint8Array, value: number): boolean {
  return bytes.every(byte => byte === value);
}
