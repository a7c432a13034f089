import type { Flash, FlashRegion } from '../../firmware/host';
import { createFile, type Files, type OpenFile } from './files';

const SECTOR_SIZE = 4096;
const BLANK = 0xff;

/** Bytes of each region, as on the board. */
const SIZES: { readonly [region in keyof Flash]: number } = { ledger: 64 * 1024, log: 512 * 1024 };

/**
 * The meter's flash: the files `ledger.flash` and `log.flash`, made where there are none; those of `m3ter meter` are
 * the same. What is written survives the end of the simulator at any moment; the computer's own power cut may cost
 * what its system had not yet put on the disk. Nothing keeps a second program from the same directory.
 * @param directory with a separator at its end
 * @throws Error when a file is of another size, or the system refuses
 */
export function openFlash(files: Files, directory: string): Flash {
  return {
    ledger: openRegion(files, directory, 'ledger.flash', SIZES.ledger),
    log: openRegion(files, directory, 'log.flash', SIZES.log),
  };
}

function openRegion(files: Files, directory: string, name: string, size: number): FlashRegion {
  const path = directory + name;
  if (!files.File.exists(path)) createFile(files, directory, name, blank(size));
  const file = new files.File(path, true);
  const { length } = file;
  if (length === size) return new FileFlashRegion(file, size);
  file.close();
  throw new Error(`${path}: expected ${size} bytes of flash, got ${length}`);
}

function blank(length: number): ArrayBuffer {
  return new Uint8Array(length).fill(BLANK).buffer;
}

/** A file that behaves like NOR flash: new bytes are ANDed into those that are there. */
class FileFlashRegion implements FlashRegion {
  readonly size: number;
  readonly sectorSize = SECTOR_SIZE;
  readonly #file: OpenFile;

  constructor(file: OpenFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertWithin('read', offset, length);
    if (length === 0) return new Uint8Array();
    this.#file.position = offset;
    return new Uint8Array(this.#file.read(ArrayBuffer, length));
  }

  write(offset: number, bytes: Uint8Array): boolean {
    this.#assertWithin('write', offset, bytes.length);
    const merged = new Uint8Array(bytes.length);
    const present = this.read(offset, bytes.length);
    for (let k = 0; k < merged.length; k++) merged[k] = (bytes[k] as number) & (present[k] as number);
    return this.#store(offset, merged.buffer);
  }

  erase(sector: number): boolean {
    this.#assertWithin('erase', sector * SECTOR_SIZE, SECTOR_SIZE);
    return this.#store(sector * SECTOR_SIZE, blank(SECTOR_SIZE));
  }

  /** A disk that is full or broken is to the meter as flash that fails. */
  #store(offset: number, bytes: ArrayBuffer): boolean {
    try {
      this.#file.position = offset;
      this.#file.write(bytes);
      return true;
    } catch {
      return false;
    }
  }

  #assertWithin(call: string, offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new RangeError(`${call}: expected bytes within 0 to ${this.size}, got ${length} at ${offset}`);
  }
}
