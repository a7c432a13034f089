import fc from 'fast-check';
import { type SigningKey, signingKey } from '../../firmware/attest/device-key';
import * as signedTypes from '../../firmware/attest/signed-types';
import type { AnyMessage, FieldType, StructType } from '../../firmware/attest/struct-type';
import { fromHex } from '../../firmware/bytes';
import { createCrypto } from '../../hosts/node/crypto';

export const crypto = createCrypto();

/** Every type that is signed. A band is signed only within a tariff. */
export const SIGNED_TYPES: readonly StructType[] = Object.values(signedTypes).filter(
  type => type.name !== 'Band',
);

export const REGISTRY = bytes('39fb420bd583ccc8afd1a1eace2907fe300abd02');

/** A key whose private half is a small number. */
export function key(number: number): SigningKey {
  const made = signingKey(crypto, bytes(number.toString(16).padStart(64, '0')));
  if (!made.ok) throw new Error(made.fault);
  return made.value;
}

export function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (read === undefined) throw new Error(`not hex: ${hex}`);
  return read;
}

export function anyBytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Any message of the type, small and extreme values alike. */
export function anyMessage(type: StructType): fc.Arbitrary<AnyMessage> {
  const fields = Object.entries(type.fields);
  return fc.record(Object.fromEntries(fields.map(([name, fieldType]) => [name, anyValue(fieldType)])));
}

/** Any other value than this. */
export function anyOther(type: FieldType, value: unknown): fc.Arbitrary<unknown> {
  return anyValue(type).filter(other => fc.stringify(other) !== fc.stringify(value));
}

function anyValue(type: FieldType): fc.Arbitrary<unknown> {
  if (typeof type !== 'string') return fc.array(anyMessage(type[0]), { maxLength: 5 });
  if (type === 'address') return anyBytes(20);
  if (type === 'bytes32') return anyBytes(32);
  if (type === 'string') return fc.string({ maxLength: 200 });
  if (type === 'uint256') return fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
  const max = Math.min(2 ** Number(type.slice(4)) - 1, Number.MAX_SAFE_INTEGER);
  return fc.oneof(
    fc.maxSafeNat().map(number => number % (max + 1)),
    fc.constantFrom(0, max, Math.min(max, 2 ** 32)),
  );
}
