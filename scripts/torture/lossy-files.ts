/**
 * A layer under a program's files, to load before it (`node --import`): of what is written into the files of one
 * directory only what was synced survives the program. It may die in the midst of it, by its own hand: then of what
 * was not synced any of the blocks of 512 bytes have reached the disk, each whole or not at all, in no order.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { Prng } from '../../hosts/mock/prng';

/** What a disk writes at one stroke. */
const BLOCK = 512;

/** In the variable `M3TER_LOSSY`, as JSON. */
export interface LossyOptions {
  readonly directory: string;
  readonly seed: string;
  /** The how manieth write or sync ends the program; 0: none. */
  readonly diesAt: number;
}

interface Write {
  readonly position: number;
  readonly bytes: Uint8Array;
}

const { directory, seed, diesAt } = JSON.parse(process.env.M3TER_LOSSY ?? '{}') as LossyOptions;
const prng = new Prng(seed);
const real = { ...fs };
let operations = 0;

/** A file that is open for writing, and what of it is in no safety yet. */
class LossyFile {
  readonly #descriptor: number;
  #position = 0;
  /** By block, oldest first. */
  #pending = new Map<number, Write[]>();

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Uint8Array, position = this.#position): number {
    for (let done = 0; done < bytes.length; ) {
      const block = Math.floor((position + done) / BLOCK);
      const part = bytes.slice(done, (block + 1) * BLOCK - position);
      this.#pending.set(block, [
        ...(this.#pending.get(block) ?? []),
        { position: position + done, bytes: part },
      ]);
      done += part.length;
    }
    this.#position = position + bytes.length;
    if (isFatal()) this.#die();
    return bytes.length;
  }

  sync(): void {
    if (isFatal()) this.#die();
    for (const block of this.#pending.keys()) this.#store(block);
    real.fdatasyncSync(this.#descriptor);
    this.#pending.clear();
  }

  /** Puts what is pending over what was read from the disk. */
  overlay(read: Uint8Array, from: number): void {
    for (const { position, bytes } of [...this.#pending.values()].flat())
      bytes.forEach((byte, k) => {
        const place = position + k - from;
        if (place >= 0 && place < read.length) read[place] = byte;
      });
  }

  #store(block: number): void {
    for (const { position, bytes } of this.#pending.get(block) ?? [])
      real.writeSync(this.#descriptor, bytes, 0, bytes.length, position);
  }

  #die(): never {
    for (const block of this.#pending.keys()) if (prng.uniform() < 0.5) this.#store(block);
    process.kill(process.pid, 'SIGKILL');
    throw new Error('killed');
  }
}

function isFatal(): boolean {
  return ++operations === diesAt;
}

const files = new Map<number, LossyFile>();

fs.openSync = (path, flags, mode) => {
  const descriptor = real.openSync(path, flags, mode);
  const isOurs = resolve(String(path)).startsWith(resolve(directory) + sep);
  if (isOurs && flags !== 'r') files.set(descriptor, new LossyFile(descriptor));
  return descriptor;
};

const write = (descriptor: number, bytes: Uint8Array, offset = 0, length?: number, position?: number) => {
  const part = bytes.subarray(offset, length === undefined ? undefined : offset + length);
  const file = files.get(descriptor);
  return file?.write(part, position) ?? real.writeSync(descriptor, part, 0, part.length, position);
};
fs.writeSync = write as typeof fs.writeSync;

const read = (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
  const count = real.readSync(descriptor, bytes, offset, length, position);
  files.get(descriptor)?.overlay(bytes.subarray(offset, offset + count), position);
  return count;
};
fs.readSync = read as typeof fs.readSync;

for (const name of ['fsyncSync', 'fdatasyncSync'] as const)
  fs[name] = descriptor => {
    const file = files.get(descriptor);
    if (file === undefined) real[name](descriptor);
    else file.sync();
  };

fs.closeSync = descriptor => {
  // What was never synced is gone.
  files.delete(descriptor);
  real.closeSync(descriptor);
};

syncBuiltinESMExports();
