import { existsSync, readFileSync, statSync } from 'node:fs';
import type { SecretStore } from '../../firmware/host';
import { writeFileAtomically } from './atomic-file';

const SEED_LENGTH = 32;
const OWNER_ONLY = 0o600;
const PERMISSIONS = 0o777;
const OF_OTHERS = 0o077;

/** The device's secret in a file that only its owner may read. */
export class FileSecretStore implements SecretStore {
  readonly #path: string;
  readonly #random: (length: number) => Uint8Array;

  /** The directory of `path` must be there; the file is made from `random` at the first call of `seed`. */
  constructor(path: string, random: (length: number) => Uint8Array) {
    this.#path = path;
    this.#random = random;
  }

  /**
   * @throws Error, naming the file, when it does not hold 32 bytes, or others may use it, who could sign in the meter's
   *   name; it is left as it is.
   */
  seed(): Uint8Array {
    if (!existsSync(this.#path)) writeFileAtomically(this.#path, this.#random(SEED_LENGTH), OWNER_ONLY);
    const seed = new Uint8Array(readFileSync(this.#path));
    if (seed.length !== SEED_LENGTH)
      throw new Error(`seed file ${this.#path}: expected ${SEED_LENGTH} bytes, got ${seed.length}`);
    this.#expectPrivate();
    return seed;
  }

  /** Windows has no such permissions. */
  #expectPrivate(): void {
    const mode = statSync(this.#path).mode & PERMISSIONS;
    if ((mode & OF_OTHERS) === 0 || process.platform === 'win32') return;
    const got = mode.toString(8).padStart(4, '0');
    throw new Error(
      `seed file ${this.#path}: expected permissions for its owner only (chmod 600), got ${got}: others may know it`,
    );
  }
}
