import type { FlashRegion } from '../../firmware/host';

/** A flash region that counts how it is used. */
export class CountingRegion implements FlashRegion {
  readonly size: number;
  readonly sectorSize: number;
  /** Calls of `read` */
  reads = 0;
  bytesRead = 0;
  bytesWritten = 0;
  readonly #region: FlashRegion;

  constructor(region: FlashRegion) {
    this.#region = region;
    this.size = region.size;
    this.sectorSize = region.sectorSize;
  }

  read(offset: number, length: number): Uint8Array {
    this.reads++;
    this.bytesRead += length;
    return this.#region.read(offset, length);
  }

  write(offset: number, bytes: Uint8Array): boolean {
    this.bytesWritten += bytes.length;
    return this.#region.write(offset, bytes);
  }

  erase(sector: number): boolean {
    return this.#region.erase(sector);
  }
}
