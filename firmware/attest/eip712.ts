import { writeUint } from '../big-endian';
import { ascii, concat } from '../bytes';
import {
  type AnyMessage,
  assertMessage,
  type FieldType,
  fieldNames,
  fieldType,
  type StructType,
  typeName,
} from './struct-type';

/** keccak-256 with the original padding, as Ethereum uses it: 32 bytes. */
export type Keccak256 = (message: Uint8Array) => Uint8Array;

/**
 * Hashes structs as EIP-712 says ("Definition of hashStruct"). An instance keeps the type hashes it has made: they
 * are constant, and hashing the type's text costs as much as hashing a message.
 */
export class StructHasher {
  readonly #keccak256: Keccak256;
  readonly #typeHashes = new Map<StructType, Uint8Array>();

  constructor(keccak256: Keccak256) {
    this.#keccak256 = keccak256;
  }

  /**
   * hashStruct(s) = keccak256(typeHash ‖ encodeData(s)), 32 bytes.
   * @throws RangeError when a field's value does not fit its type.
   */
  hash(type: StructType, message: AnyMessage): Uint8Array {
    assertMessage(type, message);
    const names = fieldNames(type);
    const words = new Uint8Array(32 * (1 + names.length));
    words.set(this.#typeHash(type));
    names.forEach((name, index) => {
      const word = words.subarray(32 * (index + 1), 32 * (index + 2));
      this.#encodeField(fieldType(type, name), message[name], word);
    });
    return this.#keccak256(words);
  }

  /** encodeData of one field: into a word of 32 zero bytes. */
  #encodeField(type: FieldType, value: unknown, word: Uint8Array): void {
    if (typeof type !== 'string') {
      const hashes = (value as readonly AnyMessage[]).map(element => this.hash(type[0], element));
      word.set(this.#keccak256(concat(...hashes)));
    } else if (type === 'string') word.set(this.#keccak256(ascii(value as string)));
    else if (value instanceof Uint8Array) word.set(value, word.length - value.length);
    else if (typeof value === 'bigint') writeBigUint(word, value);
    else writeUint(word, word.length - 8, 8, value as number);
  }

  #typeHash(type: StructType): Uint8Array {
    let hash = this.#typeHashes.get(type);
    if (hash === undefined) {
      hash = this.#keccak256(ascii(encodeType(type)));
      this.#typeHashes.set(type, hash);
    }
    return hash;
  }
}

/** EIP-712 encodeType: the struct itself, then the structs it refers to, sorted by name. */
export function encodeType(type: StructType): string {
  const referred = new Set<StructType>();
  collectReferred(type, referred);
  return signature(type) + [...referred].map(signature).sort().join('');
}

function collectReferred(type: StructType, into: Set<StructType>): void {
  for (const field of Object.values(type.fields)) {
    if (typeof field === 'string' || into.has(field[0])) continue;
    into.add(field[0]);
    collectReferred(field[0], into);
  }
}

function signature(type: StructType): string {
  const fields = fieldNames(type).map(name => `${typeName(fieldType(type, name))} ${name}`);
  return `${type.name}(${fields.join(',')})`;
}

function writeBigUint(word: Uint8Array, value: bigint): void {
  const view = new DataView(word.buffer, word.byteOffset, word.byteLength);
  for (let k = 0; k < 4; k++) view.setBigUint64(24 - 8 * k, BigInt.asUintN(64, value >> BigInt(64 * k)));
}
