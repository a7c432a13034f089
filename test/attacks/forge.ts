import type { SigningKey } from '../../firmware/attest/device-key';
import { concat } from '../../firmware/bytes';
import { crypto } from '../support/messages';
import { CHAIN_ID, LINK } from '../support/meter-rig';

/* What honest tools refuse to make: signatures over any words, and CBOR in any form. Independent of the firmware. */

export const CREDIT = 'Credit(uint256 m3terId,uint64 credited,uint64 withdrawn)';
export const ORDER = 'SupplyOrder(uint256 m3terId,uint32 version,uint8 state,uint32 powerLimit,uint64 until)';
export const ACKNOWLEDGEMENT = 'Acknowledgement(uint256 m3terId,uint64 sequence)';

/** How an EIP-712 domain of the meter's chain and registry differs from the meter's. */
interface DomainNames {
  readonly name?: string;
  readonly version?: string;
}

/** What is signed of a flat struct whose words may be out of all range: 32 bytes. */
export function digestOf(type: string, words: readonly bigint[], names: DomainNames = {}): Uint8Array {
  const { name = 'M3ter', version = '1' } = names;
  const domain = crypto.keccak256(
    concat(
      keccak('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
      keccak(name),
      keccak(version),
      word(BigInt(CHAIN_ID)),
      new Uint8Array(12),
      LINK.registry,
    ),
  );
  const struct = crypto.keccak256(concat(keccak(type), ...words.map(word)));
  return crypto.keccak256(concat(Uint8Array.of(0x19, 0x01), domain, struct));
}

/** The 65 bytes of a signature of it. */
export function signWords(
  signer: SigningKey,
  type: string,
  words: readonly bigint[],
  names?: DomainNames,
): Uint8Array {
  return crypto.sign(digestOf(type, words, names), signer.privateKey);
}

function keccak(text: string): Uint8Array {
  return crypto.keccak256(new Uint8Array(Buffer.from(text)));
}

/** Two's complement, as Solidity would have it. */
export function word(value: bigint): Uint8Array {
  const digits = BigInt.asUintN(256, value).toString(16).padStart(64, '0');
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

export const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 };

/** The head of an item, RFC 8949 section 3, in the shortest form or with an argument of `width` bytes. */
export function head(
  major: number,
  argument: number | bigint,
  width = shortest(BigInt(argument)),
): Uint8Array {
  const value = BigInt(argument);
  if (width === 0) return Uint8Array.of((major << 5) | Number(value));
  const digits = value.toString(16).padStart(2 * width, '0');
  return concat(
    Uint8Array.of((major << 5) | (24 + Math.log2(width))),
    new Uint8Array(Buffer.from(digits, 'hex')),
  );
}

function shortest(argument: bigint): number {
  if (argument < 24n) return 0;
  return [1, 2, 4].find(width => argument < 1n << BigInt(8 * width)) ?? 8;
}

export function uint(value: number | bigint, width?: number): Uint8Array {
  return head(MAJOR.unsigned, value, width);
}

export function byteString(content: Uint8Array, width?: number): Uint8Array {
  return concat(head(MAJOR.bytes, content.length, width), content);
}

export function textString(text: string): Uint8Array {
  return concat(head(MAJOR.text, text.length), new Uint8Array(Buffer.from(text)));
}

export function array(...items: readonly Uint8Array[]): Uint8Array {
  return concat(head(MAJOR.array, items.length), ...items);
}

/** A bignum of these bytes. */
export function bignum(...content: readonly number[]): Uint8Array {
  return concat(head(MAJOR.tag, 2), byteString(Uint8Array.from(content)));
}

/** A map as an envelope has it, keys and values as they come: `[key, value, key, value, ...]` */
export function map(...items: readonly Uint8Array[]): Uint8Array {
  return concat(head(MAJOR.map, items.length / 2), ...items);
}

/** An envelope: the signature under 0, and the fields under 1, 2, ... */
export function envelope(signature: Uint8Array, ...fields: readonly Uint8Array[]): Uint8Array {
  const items = [byteString(signature), ...fields];
  return map(...items.flatMap((item, key) => [uint(key), item]));
}

/** Another signature in a message that has it where all have: behind the map's head, its key and its own head. */
export function withSignature(
  payload: Uint8Array,
  change: (signature: Uint8Array) => Uint8Array,
): Uint8Array {
  const signature = change(payload.slice(4, 69));
  return concat(payload.subarray(0, 2), byteString(signature), payload.subarray(69));
}
