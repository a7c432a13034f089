import test from 'ava';
import { Encoder } from 'cbor-x';
import fc from 'fast-check';
import { type CborValue, decodeCbor, encodeCbor } from '../../../firmware/attest/cbor';
import { fromHex, toHex } from '../../../firmware/bytes';
import { type CborItem, readCbor } from '../../vectors/cbor-reader';

const LONGEST = 16_384;

const integer = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.maxSafeInteger(),
  fc.constantFrom(23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.constantFrom(-24, -25, -256, -257, -(2 ** 32), -(2 ** 32) - 1, Number.MIN_SAFE_INTEGER),
);
const unsigned = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 256n - 1n),
);
const scalar = fc.oneof(
  integer,
  unsigned,
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
);
const list = fc.array(scalar, { maxLength: 30 });
const map = fc
  .uniqueArray(fc.nat(300), { minLength: 1, maxLength: 30 })
  .chain(keys => fc.tuple(...keys.sort((a, b) => a - b).map(key => fc.tuple(fc.constant(key), scalar))))
  .map(entries => new Map<number, CborValue>(entries));
const value: fc.Arbitrary<CborValue> = fc.oneof(scalar, list, map);

/** In the types that a reader of everything has. */
function itemOf(content: CborValue): CborItem {
  if (typeof content === 'number') return BigInt(content);
  if (Array.isArray(content)) return content.map(itemOf);
  if (content instanceof Map)
    return new Map([...content].map(([key, item]) => [BigInt(key), itemOf(item)] as const));
  return content as CborItem;
}

test('what is written is the one deterministic encoding, as a reader made from the RFC alone has it', t => {
  fc.assert(
    fc.property(value, content => {
      t.deepEqual(readCbor(encodeCbor(content)), itemOf(content));
    }),
  );
});

test('what is written comes back', t => {
  const plain = (content: unknown): unknown =>
    typeof content === 'bigint' && content <= Number.MAX_SAFE_INTEGER ? Number(content) : content;
  fc.assert(
    fc.property(scalar, content => {
      t.deepEqual(decodeCbor(encodeCbor(content), LONGEST), plain(content));
      t.deepEqual(
        decodeCbor(encodeCbor(new Map([[7, [content]]])), LONGEST),
        new Map([[7, [plain(content)]]]),
      );
    }),
  );
});

test('cbor-x reads what is written, and what cbor-x writes is read', t => {
  const peer = new Encoder({
    variableMapSize: true,
    tagUint8Array: false,
    mapsAsObjects: false,
    useRecords: false,
  } as never);
  /** What cbor-x writes as an integer, and not as a float. */
  const small = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });
  const common = fc.oneof(
    small,
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
  );
  fc.assert(
    fc.property(fc.oneof(common, fc.array(common, { maxLength: 30 })), content => {
      t.deepEqual(decodeCbor(new Uint8Array(peer.encode(content)), LONGEST), content);
      const read: unknown = peer.decode(encodeCbor(content));
      t.deepEqual(read instanceof Uint8Array ? new Uint8Array(read) : plainBytes(read), content);
    }),
  );
});

/** cbor-x gives out Buffers. */
function plainBytes(read: unknown): unknown {
  return Array.isArray(read)
    ? read.map(item => (item instanceof Uint8Array ? new Uint8Array(item) : item))
    : read;
}

/** RFC 8949, appendix A: those of our subset. */
const EXAMPLES: readonly (readonly [string, CborValue])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['1bffffffffffffffff', 18446744073709551615n],
  ['c249010000000000000000', 18446744073709551616n],
  ['20', -1],
  ['3863', -100],
  ['3903e7', -1000],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
];

for (const [hex, content] of EXAMPLES)
  test(`the RFC's example ${hex} is written so, and read so`, t => {
    t.is(toHex(encodeCbor(content)), hex);
    t.deepEqual(decodeCbor(fromHex(hex) as Uint8Array, LONGEST), content);
  });

/** Of appendix A too, and others: not of the subset, or not whole. */
const REFUSED = {
  'a float': 'f93c00',
  'a simple value': 'f4',
  'a date': 'c11a514b67b0',
  'a negative bignum': 'c349010000000000000000',
  'a bignum of 33 bytes': `c25821${'01'.repeat(33)}`,
  'a bignum of text': 'c26161',
  'an indefinite array': '9fff',
  'an indefinite string': '5f42010243030405ff',
  'a reserved length': '1c',
  'text beyond ASCII': '62c3bc',
  'a control character': '6100',
  'an empty map': 'a0',
  'a map without its last item': 'a20102',
  'an array of more than there is': '9b001fffffffffffff',
  'bytes of more than there is': '5b001fffffffffffff00',
  'a head cut short': '1900',
  'two items': '0000',
  nothing: '',
  'five levels': '8181818180',
};

for (const [what, hex] of Object.entries(REFUSED))
  test(`${what} is not read`, t => {
    t.is(decodeCbor(fromHex(hex) as Uint8Array, LONGEST), undefined);
  });

test('192 items are read, and no more', t => {
  const ones = (count: number) => encodeCbor(new Array(count).fill(1));
  t.deepEqual(decodeCbor(ones(191), LONGEST), new Array(191).fill(1));
  t.is(decodeCbor(ones(192), LONGEST), undefined);
});

test('more bytes than the caller has room for are not looked at', t => {
  t.is(decodeCbor(encodeCbor('abc'), 4), 'abc');
  t.is(decodeCbor(encodeCbor('abc'), 3), undefined);
});

test('whatever the bytes, reading returns, and takes no more items than there are bytes', t => {
  const count = (item: unknown): number => {
    if (Array.isArray(item)) return item.reduce((sum: number, each) => sum + count(each), 1);
    if (item instanceof Map) return [...item].flat().reduce((sum: number, each) => sum + count(each), 1);
    return 1;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
      const item = decodeCbor(bytes, LONGEST);
      t.true(item === undefined || count(item) <= bytes.length);
    }),
  );
});

test('what has no encoding here is refused by name', t => {
  for (const wrong of [1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
    t.throws(() => encodeCbor(wrong), { instanceOf: RangeError });
  t.throws(() => encodeCbor('ü'), { instanceOf: RangeError });
});
