import { equal } from '../../firmware/bytes';
import type { SecretStore } from '../../firmware/host';

const SEED_LENGTH = 32;
const DOMAIN = 'm3ter';
const KEY = 'seed';

/** What of ECMA-419's key-value storage the secret needs; all of it throws when the device fails. */
export interface KeyValueStore {
  /** Undefined when there is no such key. */
  read(key: string): ArrayBuffer | undefined;
  write(key: string, value: Uint8Array): void;
}

export interface KeyValueStorage {
  open(options: { readonly path: string; readonly format: 'buffer' }): KeyValueStore;
}

export interface NvsSecretStoreOptions {
  readonly io: KeyValueStorage;
  /** True randomness, and not only with the radio on. */
  readonly random: (length: number) => Uint8Array;
}

/** The device's secret in NVS, which production settings encrypt. */
export class NvsSecretStore implements SecretStore {
  readonly #store: KeyValueStore;
  readonly #random: (length: number) => Uint8Array;

  /** @throws Error when NVS cannot be opened */
  constructor({ io, random }: NvsSecretStoreOptions) {
    this.#store = io.open({ path: DOMAIN, format: 'buffer' });
    this.#random = random;
  }

  /**
   * One that is damaged is never replaced, for the M3ter knows the device by it: it is returned as it is, and the
   * meter, which finds it unusable, supplies nothing and says why.
   * @throws Error when a new one cannot be stored, or does not read back
   */
  seed(): Uint8Array {
    const kept = this.#store.read(KEY);
    if (kept !== undefined) return new Uint8Array(kept);
    const seed = this.#random(SEED_LENGTH);
    this.#store.write(KEY, seed);
    const stored = new Uint8Array(this.#store.read(KEY) ?? new ArrayBuffer(0));
    if (!equal(stored, seed))
      throw new Error(`NVS ${DOMAIN}.${KEY}: expected the seed that was written, got another`);
    return seed;
  }
}
