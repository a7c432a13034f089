import type { FlashRegion } from '../../firmware/host';

/** NOR flash that never fails, on any bytes, and counts what it is made to do. */
export class MemoryRegion implements FlashRegion {
  readonly sectorSize: number;
  readonly #cells: Uint8Array;
  /** Writes and erases */
  changes = 0;

  /** @param cells a whole number of sectors; they are what changes */
  constructor(cells: Uint8Array, sectorSize: number) {
    this.#cells = cells;
    this.sectorSize = sectorSize;
  }

  get size(): number {
    return this.#cells.length;
  }

  /** A copy of all that is there. */
  get image(): Uint8Array {
    return this.#cells.slice();
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertWithin('read', offset, length);
    return this.#cells.slice(offset, offset + length);
  }

  write(offset: number, bytes: Uint8Array): boolean {
    this.#assertWithin('write', offset, bytes.length);
    this.changes++;
    for (let k = 0; k < bytes.length; k++)
      this.#cells[offset + k] = (this.#cells[offset + k] as number) & (bytes[k] as number);
    return true;
  }

  erase(sector: number): boolean {
    this.#assertWithin('erase', sector * this.sectorSize, this.sectorSize);
    this.changes++;
    this.#cells.fill(0xff, sector * this.sectorSize, (sector + 1) * this.sectorSize);
    return true;
  }

  #assertWithin(call: string, offset: number, length: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size))
      throw new RangeError(`${call}: expected bytes within 0 to ${this.size}, got ${length} at ${offset}`);
  }
}

/** A region that was never used. */
export function blankRegion(sectors: number, sectorSize: number): MemoryRegion {
  return new MemoryRegion(new Uint8Array(sectors * sectorSize).fill(0xff), sectorSize);
}
