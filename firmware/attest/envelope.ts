import { equal } from '../bytes';
import { failure, type Result, success } from '../result';
import { type CborValue, decodeCbor, encodeCbor } from './cbor';
import {
  type AnyMessage,
  assertMessage,
  type FieldType,
  fieldNames,
  fieldType,
  type Message,
  misfit,
  type StructType,
} from './struct-type';

/**
 * A signed message on the wire: the CBOR map {0: signature, 1: first field, 2: second field, ...} in the order of
 * the type's fields, in deterministic encoding (RFC 8949, section 4.2). A struct within is a map without the 0, an
 * array of structs an array of them; a uint256 beyond 64 bits is a bignum. One message has one encoding.
 */
export interface Envelope<Struct extends StructType> {
  readonly message: Message<Struct>;
  /** 65 bytes r ‖ s ‖ v; whose it is has not been checked. */
  readonly signature: Uint8Array;
}

/**
 * `malformed`: too long, or not the CBOR that messages are made of. `wrong-fields`: a field is missing, too much, of
 * another type or out of its range. `not-canonical`: not the one encoding of this message.
 */
export type EnvelopeFault = 'malformed' | 'wrong-fields' | 'not-canonical';

/** Bytes. Room for a tariff of 30 bands, or a firmware release with a long URL. */
export const MAXIMUM_ENVELOPE_LENGTH = 1024;
export const SIGNATURE_LENGTH = 65;

const SIGNATURE_KEY = 0;

/** @throws RangeError when a field does not fit its type, the signature is not 65 bytes or the whole is too long. */
export function encodeEnvelope<Struct extends StructType>(
  type: Struct,
  message: Message<Struct>,
  signature: Uint8Array,
): Uint8Array {
  assertMessage(type, message);
  if (signature.length !== SIGNATURE_LENGTH)
    throw new RangeError(`signature: expected ${SIGNATURE_LENGTH} bytes, got ${signature.length}`);
  const bytes = encodeChecked(type, message, signature);
  if (bytes.length > MAXIMUM_ENVELOPE_LENGTH)
    throw new RangeError(
      `${type.name}: expected at most ${MAXIMUM_ENVELOPE_LENGTH} bytes, got ${bytes.length}`,
    );
  return bytes;
}

/** Reads bytes from anywhere: whatever they are, it returns, having allocated no more than their own size calls for. */
export function decodeEnvelope<Struct extends StructType>(
  type: Struct,
  bytes: Uint8Array,
): Result<Envelope<Struct>, EnvelopeFault> {
  const map = decodeCbor(bytes, MAXIMUM_ENVELOPE_LENGTH);
  if (!(map instanceof Map)) return failure('malformed');
  const signature: unknown = map.get(SIGNATURE_KEY);
  const message = fromMap(type, map);
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_LENGTH)
    return failure('wrong-fields');
  if (map.size !== fieldNames(type).length + 1 || misfit(type, message)) return failure('wrong-fields');
  if (!equal(encodeChecked(type, message, signature), bytes)) return failure('not-canonical');
  return success({ message: message as Message<Struct>, signature });
}

function encodeChecked(type: StructType, message: AnyMessage, signature: Uint8Array): Uint8Array {
  const map = new Map<number, CborValue>();
  map.set(SIGNATURE_KEY, signature);
  return encodeCbor(addFields(map, type, message));
}

function addFields(map: Map<number, CborValue>, type: StructType, message: AnyMessage) {
  fieldNames(type).forEach((name, index) => {
    map.set(index + 1, toCbor(fieldType(type, name), message[name]));
  });
  return map;
}

function toCbor(type: FieldType, value: unknown): CborValue {
  if (typeof type !== 'string')
    return (value as readonly AnyMessage[]).map(element => addFields(new Map(), type[0], element));
  return value as CborValue;
}

/** A message whose fields may be of any value: `misfit` is to judge them. */
function fromMap(type: StructType, map: ReadonlyMap<unknown, unknown>): AnyMessage {
  const message: { [field: string]: unknown } = {};
  fieldNames(type).forEach((name, index) => {
    message[name] = fromCbor(fieldType(type, name), map.get(index + 1));
  });
  return message;
}

function fromCbor(type: FieldType, value: unknown): unknown {
  if (typeof type !== 'string')
    return Array.isArray(value) ? value.map(element => fromMap(type[0], asMap(element))) : undefined;
  if (type === 'uint256') return typeof value === 'number' ? BigInt(value) : value;
  return typeof value === 'bigint' ? Number(value) : value;
}

function asMap(value: unknown): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map();
}
