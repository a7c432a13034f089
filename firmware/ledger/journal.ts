import type { FlashRegion } from '../host';
import { failure, type Result, success } from '../result';
import { encodeHeader, encodeRecord, encodeSector, SNAPSHOT_KINDS, type Snapshots } from './journal-format';
import { isUnused, recover, type StoredState } from './journal-recovery';
import { program } from './program';
import { RetiredSectors } from './retired-sectors';

/**
 * `newer-format`: written by a later firmware. `corrupt`: it was in use and no state can be read. `flash-failed`: no
 * sector takes what is written.
 */
export type JournalFault = 'newer-format' | 'corrupt' | 'flash-failed';

/**
 * Keeps the last snapshot of each kind, in the format of `journal-format.ts`.
 *
 * A sector counts once all is good that it begins with, up to its counters, so it takes over at one stroke. The present
 * state is the last good record of each kind in the sector with the highest sequence that counts. The sector that
 * holds it is never erased: a state is given up only when the one after it is on flash.
 *
 * A sector that takes a write or an erase otherwise than it should is retired for this run: passed over as long as any
 * other is left. Where bits have changed since they were read back, the record before takes the place of a bad one; one
 * bit of a header is put right; and where all records of a kind are bad in a sector that did count, the last of the
 * sector before it stands.
 *
 * What a power cut interrupted may read differently from one time to the next. So opening decides on one read, writes
 * the same bytes once more to make them firm, and goes on in a fresh sector, never behind a torn record.
 */
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

  /** The last of each kind, durable. */
  get snapshots(): Snapshots {
    return this.#snapshots;
  }

  /**
   * Keeps a new snapshot: durable when true. False when no sector takes it; the state on flash is then the old one or
   * the new one, and a later call tries again.
   * @throws RangeError when all snapshots together do not fit in a sector.
   */
  save(kind: keyof Snapshots, body: Uint8Array): boolean {
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
    for (const kind of SNAPSHOT_KINDS) {
      const record = records[kind];
      if (record !== undefined) this.#makeFirm(sector, record.offset, record.bytes);
    }
    this.#sector = sector;
    this.#sequence = sequence;
    this.#snapshots = snapshots;
  }

  #makeFirm(sector: number, offset: number, bytes: Uint8Array): void {
    if (!program(this.#region, sector * this.#region.sectorSize + offset, bytes)) this.#retired.add(sector);
  }
}
