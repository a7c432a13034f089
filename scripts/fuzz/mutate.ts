import { concat } from '../../firmware/bytes';
import type { Prng } from '../../hosts/mock/prng';
import { below, bytesOf, one } from './draw';

/** Bytes at the edges of what parsers tell apart: of numbers, of CBOR's heads, of MQTT's lengths, of text. */
const EDGES = [...Buffer.from('000117181b1f205f7f809fbfc2f6fbff', 'hex')];
/** Lengths that are not what follows: of CBOR strings, lists and maps, of MQTT's variable integers, and plain ones. */
const LENGTHS: readonly Uint8Array[] = [
  ...[0x5a, 0x7a, 0x9a, 0xba].map(head => Uint8Array.of(head, 0xff, 0xff, 0xff, 0xff)),
  ...[0x5b, 0x9b, 0xbb, 0x1b].map(head => Uint8Array.of(head, 0x80, 0, 0, 0, 0, 0, 0, 0)),
  ...[0x5f, 0x9f, 0xbf, 0xa0, 0x80, 0xb8, 0x98].map(head => Uint8Array.of(head)),
  Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0x80, 0x80, 0x80, 0x80),
  Uint8Array.of(0xff, 0xff),
  Uint8Array.of(0, 0),
];
const LONGEST_INSERT = 8;

type Mutation = (prng: Prng, bytes: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  // a bit
  (prng, bytes) => changed(bytes, below(prng, bytes.length), byte => byte ^ (1 << below(prng, 8))),
  (prng, bytes) => changed(bytes, below(prng, bytes.length), () => prng.bits()),
  (prng, bytes) => changed(bytes, below(prng, bytes.length), () => one(prng, EDGES)),
  // the same number, written longer than it must be (RFC 8949 section 3)
  (prng, bytes) => {
    const at = below(prng, bytes.length);
    const head = bytes[at] ?? 0;
    const width = (head & 31) - 24;
    const longer =
      width < 0 ? [(head & 0xe0) | 24, head & 31] : [head + 1, ...new Uint8Array(1 << (width & 3))];
    return replaced(bytes, at, at + 1, Uint8Array.from(longer));
  },
  // one more or less: of an integer, or of a length
  (prng, bytes) => changed(bytes, below(prng, bytes.length), byte => byte + one(prng, [-1, 1])),
  (prng, bytes) => {
    const at = below(prng, bytes.length + 1);
    return replaced(bytes, at, at, bytesOf(prng, 1 + below(prng, LONGEST_INSERT)));
  },
  (prng, bytes) => {
    const [from, to] = range(prng, bytes);
    return replaced(bytes, from, to, new Uint8Array(0));
  },
  (prng, bytes) => {
    const [from, to] = range(prng, bytes);
    return replaced(bytes, to, to, bytes.subarray(from, to));
  },
  (prng, bytes) => {
    const [from, to] = range(prng, bytes);
    return replaced(bytes, from, to, bytes.subarray(from, to).toReversed());
  },
  // another's end, or its middle
  (prng, bytes, others) => {
    const other = one(prng, others);
    return concat(
      bytes.subarray(0, below(prng, bytes.length + 1)),
      other.subarray(below(prng, other.length + 1)),
    );
  },
  (prng, bytes, others) => {
    const other = one(prng, others);
    const [from, to] = range(prng, other);
    return replaced(
      bytes,
      Math.min(from, bytes.length),
      Math.min(to, bytes.length),
      other.subarray(from, to),
    );
  },
  (prng, bytes) => {
    const length = one(prng, LENGTHS);
    const at = below(prng, bytes.length + 1);
    return replaced(bytes, at, at + below(prng, length.length + 1), length);
  },
];

/**
 * Bytes that were right, made wrong in one place or a few; they may be the same by chance.
 * @param others right ones too, of which parts may be taken
 */
export function mutate(prng: Prng, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let mutant = bytes;
  do mutant = one(prng, MUTATIONS)(prng, mutant, others);
  while (below(prng, 3) === 0);
  return mutant;
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const mutant = bytes.slice();
  if (bytes.length > 0) mutant[at] = change(bytes[at] as number);
  return mutant;
}

function replaced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, from), by, bytes.subarray(to));
}

/** A place in them, where it begins and ends; mostly a short one. */
function range(prng: Prng, bytes: Uint8Array): readonly [number, number] {
  const from = below(prng, bytes.length + 1);
  return [from, from + below(prng, 1 + below(prng, bytes.length - from + 1))];
}
