import type { FlashRegion } from '../../../../firmware/host';

/** Instructions since power-up. */
export const instructions = native('xs_instructions') as () => number;
/** A line of standard output. */
export const print = native('xs_print') as (line: string) => void;
/** From now on the heap can grow by so many bytes only. */
export const limitHeap = native('xs_limit_heap') as (budget: number) => void;
/** Leaves no garbage. */
export const collect = native('xs_collect') as () => void;

const load = native('xs_flash_load') as (region: number, file: number) => void;
const read = native('xs_flash_read') as (output: Uint8Array, region: number, offset: number) => void;
const write = native('xs_flash_write') as (input: Uint8Array, region: number, offset: number) => void;
const erase = native('xs_flash_erase') as (region: number, offset: number) => void;

/** NOR flash in the machine's memory: as quick as memory is, since what is counted are instructions. */
export class MemoryRegion implements FlashRegion {
  readonly size: number;
  readonly sectorSize = 4096;
  readonly #number: number;

  /** @param number 0 or 1, of the machine's two regions @param size at most 512 KiB */
  constructor(number: number, size: number) {
    this.#number = number;
    this.size = size;
  }

  /** Takes the place of all that the region holds. @param file one of those that the image was given, from 0 */
  load(file: number): void {
    load(this.#number, file);
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    read(bytes, this.#number, offset);
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): boolean {
    write(bytes, this.#number, offset);
    return true;
  }

  erase(sector: number): boolean {
    erase(this.#number, sector * this.sectorSize);
    return true;
  }
}
