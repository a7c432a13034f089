import type { Crypto, SecretStore } from '../../firmware/host';
import { createFile, type Files, readFile } from './files';

const SEED_LENGTH = 32;
const SEED_FILE = 'seed';

/**
 * The device's secret in the file `seed`, which anyone may read who may read the directory: this meter is for trying
 * things out, and no money should depend on it.
 */
export class FileSecretStore implements SecretStore {
  readonly #files: Files;
  readonly #directory: string;
  readonly #random: Crypto['random'];

  /** @param directory one that is there, with a separator at its end @param random makes the seed at the first call */
  constructor(files: Files, directory: string, random: Crypto['random']) {
    this.#files = files;
    this.#directory = directory;
    this.#random = random;
  }

  /** @throws Error, naming the file, when it does not hold 32 bytes; it is left as it is. */
  seed(): Uint8Array {
    const path = this.#directory + SEED_FILE;
    if (!this.#files.File.exists(path)) {
      const made = new Uint8Array(this.#random(SEED_LENGTH));
      createFile(this.#files, this.#directory, SEED_FILE, made.buffer);
    }
    const seed = readFile(this.#files, path, SEED_LENGTH);
    if (seed?.length !== SEED_LENGTH)
      throw new Error(`${path}: expected ${SEED_LENGTH} bytes, got ${seed?.length ?? 'none'}`);
    return seed;
  }
}
