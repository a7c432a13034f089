import { existsSync, readFileSync } from 'node:fs';
import type { SecretStore } from '../../firmware/host';
import { writeFileAtomically } from './atomic-file';

const SEED_LENGTH = 32;
const OWNER_ONLY = 0o600;

/** The device's secret in a file that only its owner may read. */
export class FileSecretStore implements SecretStore {
  readonly #path: string;
  readonly #random: (length: number) => Uint8Array;

  /** The directory of `path` must be there; the file is made from `random` at the first call of `seed`. */
  constructor(path: string, random: (length: number) => Uint8Array) {
    this.#path = path;
    this.#random = random;
  }

  /** @throws Error, naming the file, when it does not hold 32 bytes; it is left as it is. */
  seed(): Uint8Array {
    if (!existsSync(this.#path)) writeFileAtomically(this.#path, this.#random(SEED_LENGTH), OWNER_ONLY);
    const seed = new Uint8Array(readFileSync(this.#path));
    if (seed.length !== SEED_LENGTH)
      throw new Error(`seed file ${this.#path}: expected ${SEED_LENGTH} bytes, got ${seed.length}`);
    return seed;
  }
}
