import { Encoder } from 'cbor-x';

/**
 * The part of CBOR (RFC 8949) in which messages travel: integers, byte strings, printable ASCII text, arrays, maps,
 * and bignums (tag 2) of at most 32 bytes; every length definite. No floats, no simple values, no other tag.
 */
export type CborValue =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<number, CborValue>;

/** A map in a list in a map is the deepest that is ever sent. */
const MAXIMUM_DEPTH = 3;
const MAXIMUM_BIGNUM_BYTES = 32;

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;
const BIGNUM_TAG = 2;

const codec = new Encoder({
  variableMapSize: true,
  tagUint8Array: false,
  mapsAsObjects: false,
  useRecords: false,
});

/**
 * Deterministic when maps have their keys in ascending order and integers went through `cborInteger`. The bytes are
 * the caller's own.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  // cbor-x returns a view of its 8 KiB working buffer
  return new Uint8Array(codec.encode(value));
}

/** The form in which cbor-x writes an integer shortest: bigints always as 8 bytes, large numbers as floats. */
export function cborInteger(value: number | bigint): number | bigint {
  if (typeof value === 'number' && Math.abs(value) >= 2 ** 32) return BigInt(value);
  return typeof value === 'bigint' && value < 0x1_0000_0000n ? Number(value) : value;
}

/**
 * What the bytes say; undefined when they are more than `maximumLength` or not of the subset above. Other forms of
 * the same value (long integers, keys out of order or twice) pass: encode what was understood and compare.
 */
export function decodeCbor(bytes: Uint8Array, maximumLength: number): unknown {
  // On XS running out of memory ends the program: no claimed length may reach the decoder unchecked.
  if (bytes.length > maximumLength || itemEnd(bytes, 0, MAXIMUM_DEPTH) !== bytes.length) return undefined;
  try {
    // A copy, because cbor-x leaves views on what it is given.
    return codec.decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}

/** The offset at which the item at `offset` ends; −1 when it is not of the subset or does not end in the input. */
function itemEnd(bytes: Uint8Array, offset: number, depth: number): number {
  const head = readHead(bytes, offset);
  if (head === undefined || depth < 0) return -1;
  const { major, argument, end } = head;
  switch (major) {
    case MAJOR.unsigned:
    case MAJOR.negative:
      return end;
    case MAJOR.bytes:
      return argument <= bytes.length - end ? end + argument : -1;
    case MAJOR.text:
      return argument <= bytes.length - end && isPrintable(bytes, end, argument) ? end + argument : -1;
    case MAJOR.array:
      return itemsEnd(bytes, end, argument, depth);
    case MAJOR.map:
      return itemsEnd(bytes, end, 2 * argument, depth);
    case MAJOR.tag:
      return argument === BIGNUM_TAG ? bignumEnd(bytes, end) : -1;
    default:
      return -1;
  }
}

function itemsEnd(bytes: Uint8Array, offset: number, count: number, depth: number): number {
  if (count > bytes.length - offset) return -1;
  let end = offset;
  for (let k = 0; k < count && end >= 0; k++) end = itemEnd(bytes, end, depth - 1);
  return end;
}

function bignumEnd(bytes: Uint8Array, offset: number): number {
  const head = readHead(bytes, offset);
  if (head?.major !== MAJOR.bytes || head.argument > MAXIMUM_BIGNUM_BYTES) return -1;
  return itemEnd(bytes, offset, 0);
}

function isPrintable(bytes: Uint8Array, offset: number, length: number): boolean {
  for (let k = offset; k < offset + length; k++) {
    const code = bytes[k] as number;
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** An item's first byte and its argument, RFC 8949 section 3. The argument is inexact beyond 2⁵³. */
function readHead(
  bytes: Uint8Array,
  offset: number,
): { major: number; argument: number; end: number } | undefined {
  const first = bytes[offset];
  if (first === undefined) return undefined;
  const major = first >> 5;
  const short = first & 0x1f;
  if (short < 24) return { major, argument: short, end: offset + 1 };
  const width = 1 << (short - 24);
  const end = offset + 1 + width;
  if (short > 27 || end > bytes.length) return undefined;
  let argument = 0;
  for (let k = offset + 1; k < end; k++) argument = argument * 256 + (bytes[k] as number);
  return { major, argument, end };
}
