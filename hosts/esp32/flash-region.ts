import type { FlashRegion } from '../../firmware/host';

/** What of ECMA-419's flash storage a region needs; all of it throws when the device fails. */
export interface FlashPartition {
  read(length: number, offset: number): ArrayBuffer;
  write(bytes: Uint8Array, offset: number): void;
  eraseBlock(block: number): void;
  status(): { readonly size: number; readonly blockLength: number };
}

export interface FlashStorage {
  open(options: { readonly path: string }): FlashPartition;
}

export interface PartitionRegionOptions {
  readonly io: FlashStorage;
  /** Name of the partition. */
  readonly path: string;
  /** Bytes that it must have. */
  readonly size: number;
}

/**
 * A flash region on a partition of its own. The partition must not be marked `encrypted`: with flash encryption such
 * a one takes writes of whole aligned 16-byte blocks only, and rewriting a block does not clear bits but garbles it
 * (ESP-IDF, "Flash Encryption"), while partitions without the mark stay plain NOR flash. Nothing is lost by that:
 * registers and readings are public, and the secret is elsewhere.
 */
export class PartitionRegion implements FlashRegion {
  readonly size: number;
  readonly sectorSize: number;
  readonly #partition: FlashPartition;

  /** @throws Error when there is no such partition; RangeError when it is not of this size */
  constructor({ io, path, size }: PartitionRegionOptions) {
    this.#partition = io.open({ path });
    const status = this.#partition.status();
    if (status.size !== size)
      throw new RangeError(`partition ${path}: expected ${size} bytes, got ${status.size}`);
    this.size = size;
    this.sectorSize = status.blockLength;
  }

  read(offset: number, length: number): Uint8Array {
    this.#assertWithin('read', offset, length);
    return new Uint8Array(this.#partition.read(length, offset));
  }

  write(offset: number, bytes: Uint8Array): boolean {
    this.#assertWithin('write', offset, bytes.length);
    return succeeds(() => this.#partition.write(bytes, offset));
  }

  erase(sector: number): boolean {
    this.#assertWithin('erase', sector * this.sectorSize, this.sectorSize);
    return succeeds(() => this.#partition.eraseBlock(sector));
  }

  #assertWithin(call: string, offset: number, length: number): void {
    if (!(Number.isInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.size))
      throw new RangeError(`${call}: expected bytes within 0 to ${this.size}, got ${length} at ${offset}`);
  }
}

function succeeds(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
