import { type SigningKey, signingKey } from '../../firmware/attest/device-key';
import { equal } from '../../firmware/bytes';
import type { Prng } from '../../hosts/mock/prng';
import { createCrypto } from '../../hosts/node/crypto';

export type Part = 'owner' | 'operator';

/** Who commanded a meter once. */
export interface FormerParty {
  readonly part: Part;
  readonly key: SigningKey;
}

/** Whom one meter obeys, as far as it has confirmed that, and whom it obeyed before. No key comes twice. */
export class Parties {
  readonly former: FormerParty[] = [];
  readonly #prng: Prng;
  readonly #present: Record<Part, SigningKey>;
  /** Named already, but not known to be obeyed. */
  #coming: FormerParty | undefined;
  #keys = 0;

  constructor(prng: Prng, present: Readonly<Record<Part, SigningKey>>) {
    this.#prng = prng;
    this.#present = { ...present };
  }

  get owner(): SigningKey {
    return this.#present.owner;
  }

  get operator(): SigningKey {
    return this.#present.operator;
  }

  /** The operator's key of the moment in which it is used. */
  get operatorKey(): SigningKey {
    const present = this.#present;
    return {
      get privateKey() {
        return present.operator.privateKey;
      },
      get address() {
        return present.operator.address;
      },
    };
  }

  get isChanging(): boolean {
    return this.#coming !== undefined;
  }

  /** Names another one, who is obeyed from `confirm` on. @returns the addresses of both from then on */
  change(part: Part): Readonly<Record<Part, Uint8Array>> {
    const key = keyFrom(this.#prng.fork(`${part} ${this.#keys++}`));
    this.#coming = { part, key };
    return { owner: this.owner.address, operator: this.operator.address, [part]: key.address };
  }

  /** The meter obeys the one that was named. */
  confirm(): void {
    const coming = this.#coming;
    if (coming === undefined) return;
    const { part, key } = coming;
    this.former.push({ part, key: this.#present[part] });
    this.#present[part] = key;
    this.#coming = undefined;
  }

  /** Whether nothing that this one signed can be obeyed any more. */
  isFormer(signer: Uint8Array): boolean {
    return this.former.some(({ key }) => equal(key.address, signer));
  }
}

export function keyFrom(prng: Prng): SigningKey {
  const key = signingKey(createCrypto(), prng.bytes(32));
  if (!key.ok) throw new Error(`key: expected a usable secret, got ${key.fault}`);
  return key.value;
}
