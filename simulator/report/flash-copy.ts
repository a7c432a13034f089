import { readFileSync } from 'node:fs';
import type { FlashRegion } from '../../firmware/host';
import { unreadable } from '../cli/files';
import { Failure } from '../errors';

const SECTOR_SIZE = 4096;

/**
 * What is on a meter's flash, in memory: the firmware's readers, which make firm what they find, may write to it, and the
 * file stays as it is. One that is copied while the meter writes is as after a power cut at that moment.
 */
export class FlashCopy implements FlashRegion {
  readonly sectorSize = SECTOR_SIZE;
  readonly #cells: Uint8Array;

  /** @throws Failure when the file cannot be read or is not one of at least two sectors */
  constructor(path: string) {
    this.#cells = readCells(path);
    const { size } = this;
    if (size < 2 * SECTOR_SIZE || size % SECTOR_SIZE !== 0)
      throw new Failure(
        `${path}: expected a meter's flash, sectors of ${SECTOR_SIZE} bytes, got ${size} bytes`,
      );
  }

  get size(): number {
    return this.#cells.length;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#cells.slice(offset, offset + length);
  }

  write(offset: number, bytes: Uint8Array): boolean {
    for (const [k, byte] of bytes.entries())
      this.#cells[offset + k] = byte & (this.#cells[offset + k] as number);
    return true;
  }

  erase(sector: number): boolean {
    this.#cells.fill(0xff, sector * SECTOR_SIZE, (sector + 1) * SECTOR_SIZE);
    return true;
  }
}

function readCells(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw unreadable('flash', path, error);
  }
}
