import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Flash, FlashRegion } from '../../firmware/host';
import { lockDirectory } from './directory-lock';

const SECTOR_SIZE = 4096;
const BLANK = 0xff;

/** Bytes of each region, multiples of 4096. */
export type FlashSizes = { readonly [region in keyof Flash]: number };

const DEFAULT_SIZES: FlashSizes = { ledger: 64 * 1024, log: 512 * 1024 };

/** The meter's flash in a directory, held by this process alone until closed. */
export interface FileFlash extends Flash {
  close(): void;
}

/**
 * Opens the flash in `directory`, and makes directory and files where there are none.
 * @throws Error when another process holds the directory, a file is of another size, or the system refuses.
 */
export function openFlash(directory: string, sizes: FlashSizes = DEFAULT_SIZES): FileFlash {
  mkdirSync(directory, { recursive: true });
  const unlock = lockDirectory(directory);
  const regions: FileFlashRegion[] = [];
  const open = (name: keyof Flash) => {
    const region = new FileFlashRegion(join(directory, `${name}.flash`), sizes[name]);
    regions.push(region);
    return region;
  };
  const close = () => {
    for (const region of regions) region.close();
    unlock();
  };
  try {
    return { ledger: open('ledger'), log: open('log'), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A file that behaves like NOR flash: new bytes are ANDed into those that are there. */
class FileFlashRegion implements FlashRegion {
  readonly size: number;
  readonly sectorSize = SECTOR_SIZE;
  readonly #file: number;

  constructor(path: string, size: number) {
    if (size <= 0 || size % SECTOR_SIZE !== 0)
      throw new RangeError(`${path}: expected a size in multiples of ${SECTOR_SIZE}, got ${size}`);
    if (!existsSync(path)) createErased(path, size);
    this.size = size;
    this.#file = openSync(path, 'r+');
    const actual = fstatSync(this.#file).size;
    if (actual === size) return;
    this.close();
    throw new Error(`${path}: expected ${size} bytes of flash, got ${actual}`);
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertWithin('read', offset, length);
    const bytes = new Uint8Array(length);
    readSync(this.#file, bytes, 0, length, offset);
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): boolean {
    this.#assertWithin('write', offset, bytes.length);
    const merged = this.read(offset, bytes.length).map((byte, k) => byte & (bytes[k] as number));
    return this.#store(offset, merged);
  }

  erase(sector: number): boolean {
    this.#assertWithin('erase', sector * SECTOR_SIZE, SECTOR_SIZE);
    return this.#store(sector * SECTOR_SIZE, new Uint8Array(SECTOR_SIZE).fill(BLANK));
  }

  close(): void {
    closeSync(this.#file);
  }

  /** A disk that is full or broken is to the meter as flash that fails. */
  #store(offset: number, bytes: Uint8Array): boolean {
    try {
      const written = writeSync(this.#file, bytes, 0, bytes.length, offset);
      fdatasyncSync(this.#file);
      return written === bytes.length;
    } catch {
      return false;
    }
  }

  #assertWithin(call: string, offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new RangeError(`${call}: expected bytes within 0 to ${this.size}, got ${length} at ${offset}`);
  }
}

/** Under another name first, so that no file is ever seen half made. */
function createErased(path: string, size: number): void {
  const draft = `${path}.new`;
  writeFileSync(draft, new Uint8Array(size).fill(BLANK), { flush: true });
  renameSync(draft, path);
}
