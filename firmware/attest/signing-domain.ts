import { concat } from '../bytes';
import type { Crypto } from '../host';
import { addressOf } from './address';
import { StructHasher } from './eip712';
import type { Message, StructType } from './struct-type';

/** Which contract on which chain the signatures are for: nothing replays across chains or registries. */
export interface Registry {
  /** EIP-155 */
  readonly chainId: number;
  /** The M3ter contract, 20 bytes. */
  readonly registry: Uint8Array;
}

const DOMAIN = {
  name: 'EIP712Domain',
  fields: {
    name: 'string',
    version: 'string',
    chainId: 'uint256',
    verifyingContract: 'address',
  },
} as const satisfies StructType;

const PREFIX = Uint8Array.of(0x19, 0x01);

/** Signs messages, and tells who signed, within the EIP-712 domain of one registry. */
export class SigningDomain {
  readonly crypto: Crypto;
  readonly chainId: number;
  readonly #hasher: StructHasher;
  readonly #separator: Uint8Array;

  /** @throws RangeError when the chain's id is not a whole number or the registry not 20 bytes. */
  constructor(crypto: Crypto, { chainId, registry }: Registry) {
    this.crypto = crypto;
    this.chainId = chainId;
    const keccak256 = (message: Uint8Array) => crypto.keccak256(message);
    this.#hasher = new StructHasher(keccak256);
    // By one of its own: the hash of this type is of no more use.
    this.#separator = new StructHasher(keccak256).hash(DOMAIN, {
      name: 'M3ter',
      version: '1',
      chainId: BigInt(chainId),
      verifyingContract: registry,
    });
  }

  /**
   * What is signed: keccak256(0x1901 ‖ domainSeparator ‖ hashStruct(message)), 32 bytes.
   * @throws RangeError when a field's value does not fit its type.
   */
  digest<Struct extends StructType>(type: Struct, message: Message<Struct>): Uint8Array {
    return this.crypto.keccak256(concat(PREFIX, this.#separator, this.#hasher.hash(type, message)));
  }

  /** 65 bytes r ‖ s ‖ v. @throws as `digest` does. */
  sign<Struct extends StructType>(
    type: Struct,
    message: Message<Struct>,
    privateKey: Uint8Array,
  ): Uint8Array {
    return this.crypto.sign(this.digest(type, message), privateKey);
  }

  /**
   * The address, 20 bytes, that signed this message in this domain; undefined when the signature is none. A message
   * that was signed for another chain or registry gives some other, meaningless address.
   */
  signer<Struct extends StructType>(
    type: Struct,
    message: Message<Struct>,
    signature: Uint8Array,
  ): Uint8Array | undefined {
    const publicKey = this.crypto.recover(this.digest(type, message), signature);
    return publicKey && addressOf(this.crypto, publicKey);
  }
}
