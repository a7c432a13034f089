import test from 'ava';
import { concat } from '../../firmware/bytes';
import { OPERATOR } from '../support/meter-rig';
import { onXs } from '../support/meter-test';
import { attack, LOOT, Siege } from './attack';
import { array, bignum, byteString, CREDIT, head, MAJOR, map, signWords, textString, uint } from './forge';

/* Each of these says, to a reader that is kind, what the operator has signed: a large credit. There is one encoding. */

const SIGNATURE = signWords(OPERATOR, CREDIT, [7n, BigInt(LOOT), 0n]);
const ITEMS = [uint(0), byteString(SIGNATURE), uint(1), uint(7), uint(2), uint(LOOT), uint(3), uint(0)];

const GENUINE = map(...ITEMS);
/** All that is tried here. */
const TRIED: Uint8Array[] = [];

/** The credit with some of its map's keys and values in another form. */
function credit(changes: { readonly [index: number]: Uint8Array }): Uint8Array {
  return map(...ITEMS.map((item, index) => changes[index] ?? item));
}

/** All of it malformed. */
function encoded(title: string, ...payloads: readonly Uint8Array[]): void {
  TRIED.push(...payloads);
  attack(title, { on: 'credit', refused: 'malformed', make: () => payloads });
}

function offsets(cut: (offset: number) => Uint8Array): Uint8Array[] {
  return Array.from({ length: GENUINE.length - 1 }, (_, k) => cut(k + 1));
}

function anyByte(make: (byte: number) => Uint8Array): Uint8Array[] {
  return Array.from({ length: 256 }, (_, byte) => make(byte));
}

/** A float of single or double precision. */
function float(value: number, width: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(1 + width);
  const view = new DataView(bytes.buffer);
  bytes[0] = width === 4 ? 0xfa : 0xfb;
  if (width === 4) view.setFloat32(1, value);
  else view.setFloat64(1, value);
  return bytes;
}

const BREAK = Uint8Array.of(0xff);
const [NULL, UNDEFINED, FALSE, TRUE] = [0xf6, 0xf7, 0xf4, 0xf5].map(byte => Uint8Array.of(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

encoded('a credit cut off after each of its bytes', ...offsets(k => GENUINE.slice(0, k)));
encoded('a credit without its first bytes', ...offsets(k => GENUINE.slice(k)));
encoded('a credit with any one byte behind it', ...anyByte(byte => concat(GENUINE, Uint8Array.of(byte))));
encoded('a credit twice in one message', concat(GENUINE, GENUINE));
encoded('a credit padded to more than the longest message', concat(GENUINE, new Uint8Array(1024)));
encoded('any single byte', ...anyByte(byte => Uint8Array.of(byte)));
for (const width of [1, 2, 4, 8])
  encoded(
    `integers written in ${width} bytes that need none`,
    credit({ 3: uint(7, width) }),
    credit({ 7: uint(0, width) }),
  );
encoded('keys written in more bytes than they need', credit({ 2: uint(1, 1) }), credit({ 0: uint(0, 8) }));
encoded(
  "a byte string's length written long",
  credit({ 1: byteString(SIGNATURE, 2) }),
  credit({ 1: byteString(SIGNATURE, 8) }),
);
encoded(
  "a map's length written long",
  concat(head(MAJOR.map, 4, 1), ...ITEMS),
  concat(head(MAJOR.map, 4, 8), ...ITEMS),
);
encoded('a map of no length that ends in a break', concat(Uint8Array.of(0xbf), ...ITEMS, BREAK));
encoded(
  'a byte string of no length, in pieces',
  credit({
    1: concat(
      Uint8Array.of(0x5f),
      byteString(SIGNATURE.subarray(0, 32)),
      byteString(SIGNATURE.subarray(32)),
      BREAK,
    ),
  }),
);
encoded(
  'keys out of order',
  map(...ITEMS.slice(2), ...ITEMS.slice(0, 2)),
  map(...ITEMS.slice(0, 4), ...ITEMS.slice(6), ...ITEMS.slice(4, 6)),
);
encoded('a key twice with the same value', map(...ITEMS, uint(2), uint(LOOT)));
encoded(
  'a key twice, first with another value',
  map(...ITEMS.slice(0, 4), uint(2), uint(1), ...ITEMS.slice(4)),
);
encoded('a key twice, at last with another value', map(...ITEMS, uint(3), uint(1)));
encoded(
  'a signature twice, first that of somebody',
  map(uint(0), byteString(new Uint8Array(65).fill(1)), ...ITEMS),
);
encoded(
  'keys as text of their numbers',
  map(...ITEMS.map((item, k) => (k % 2 === 0 ? textString(`${k / 2}`) : item))),
);
encoded(
  "keys as the fields' names",
  credit({ 2: textString('m3terId'), 4: textString('credited'), 6: textString('withdrawn') }),
);
encoded(
  'keys as floats',
  credit({ 2: float(1, 8), 4: float(2, 8), 6: float(3, 8) }),
  credit({ 4: float(2, 4) }),
);
encoded('keys below zero', credit({ 0: head(MAJOR.negative, 0) }), credit({ 6: head(MAJOR.negative, 2) }));
encoded('a field that is not there', map(...ITEMS.slice(0, 6)), map(...ITEMS.slice(0, 2), ...ITEMS.slice(4)));
encoded('a field too many', map(...ITEMS, uint(4), uint(0)), map(...ITEMS, textString('x'), uint(0)));
encoded('a message without a signature', map(...ITEMS.slice(2)));
encoded('an array in place of the map', array(...ITEMS), array(...ITEMS.filter((_, k) => k % 2 === 1)));
encoded(
  'the map within an array, a map or a byte string',
  array(map(...ITEMS)),
  map(uint(0), map(...ITEMS)),
  byteString(map(...ITEMS)),
);
encoded(
  'floats for integers',
  credit({ 5: float(LOOT, 8) }),
  credit({ 5: float(LOOT, 4) }),
  credit({ 7: float(0, 8) }),
  credit({ 7: float(-0, 8) }),
);
encoded(
  'half floats',
  credit({ 3: Uint8Array.of(0xf9, 0x47, 0x00) }),
  credit({ 7: Uint8Array.of(0xf9, 0, 0) }),
);
encoded(
  'numbers that are none: NaN and infinities',
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(value =>
    credit({ 5: float(value, 8) }),
  ),
);
encoded(
  'text for bytes',
  credit({ 1: textString('x'.repeat(65)) }),
  credit({ 1: concat(head(MAJOR.text, 65), SIGNATURE) }),
);
encoded('text for integers', credit({ 5: textString(`${LOOT}`) }), credit({ 7: textString('') }));
encoded(
  'bytes for integers',
  credit({ 5: byteString(Uint8Array.of(1)) }),
  credit({ 3: byteString(Uint8Array.of(7)) }),
);
encoded('an array of integers for bytes', credit({ 1: array(...[...SIGNATURE].map(byte => uint(byte))) }));
encoded('the tag of self-described CBOR', concat(Uint8Array.of(0xd9, 0xd9, 0xf7), map(...ITEMS)));
encoded(
  'tags on its items: dates, negative bignums, typed arrays, records, references',
  ...[0, 1, 3, 4, 21, 24, 28, 29, 32, 64, 105, 256, 258, 259, 57_342, 2 ** 32].map(tag =>
    credit({ 5: concat(head(MAJOR.tag, tag), ITEMS[5] as Uint8Array) }),
  ),
);
encoded(
  'a bignum for a small number',
  credit({ 3: bignum(7) }),
  credit({ 7: bignum() }),
  credit({ 7: bignum(0) }),
);
encoded(
  'a bignum with zeros in front',
  credit({ 3: bignum(0, 7) }),
  credit({ 3: bignum(...new Array(31).fill(0), 7) }),
);
encoded('a bignum of more than 32 bytes', credit({ 3: bignum(1, ...new Array(32).fill(0)) }));
encoded('a bignum of text', credit({ 3: concat(head(MAJOR.tag, 2), textString('7')) }));
encoded(
  'simple values for fields',
  ...[NULL, UNDEFINED, FALSE, TRUE].flatMap(simple => [3, 5, 7].map(index => credit({ [index]: simple }))),
);
encoded(
  'simple values of one byte, and unassigned ones',
  credit({ 7: Uint8Array.of(0xf8, 0xff) }),
  credit({ 7: Uint8Array.of(0xe0) }),
);
encoded('reserved lengths', ...[0x1c, 0x1d, 0x1e, 0x1f].map(byte => credit({ 7: Uint8Array.of(byte) })));
encoded('an empty map', map(), credit({ 7: map() }));
encoded('an empty array, text or byte string', array(), textString(''), byteString(new Uint8Array(0)));
encoded('an empty map where no more is needed', map(...ITEMS, uint(4), map()));

for (const [name, major] of Object.entries({
  bytes: MAJOR.bytes,
  text: MAJOR.text,
  array: MAJOR.array,
  map: MAJOR.map,
}))
  encoded(
    `${name} that claim to be longer than all memory`,
    ...[2n ** 16n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n].flatMap(length => [
      head(major, length),
      credit({ 1: head(major, length) }),
      concat(map(...ITEMS), head(major, length)),
    ]),
  );
encoded('a map that claims one pair more than there is', concat(head(MAJOR.map, 5), ...ITEMS));
encoded(
  'arrays a thousand deep',
  new Uint8Array(1000).fill(0x81),
  concat(new Uint8Array(1000).fill(0x81), uint(0)),
);
encoded(
  'maps a thousand deep',
  concat(...Array.from({ length: 500 }, () => Uint8Array.of(0xa1, 0)), uint(0)),
);
encoded('tags a thousand deep', concat(new Uint8Array(1000).fill(0xc2), byteString(Uint8Array.of(1))));
encoded('arrays of no length a thousand deep', new Uint8Array(1000).fill(0x9f));
encoded(
  'three hundred items',
  array(...new Array(300).fill(uint(0))),
  map(...Array.from({ length: 300 }, (_, k) => uint(k))),
);
encoded('a thousand empty maps', array(...new Array(1000).fill(map())));
encoded(
  'text beyond ASCII',
  credit({ 5: textString('é') }),
  credit({ 5: concat(head(MAJOR.text, 2), Uint8Array.of(0xc3, 0x28)) }),
);
encoded(
  "keys that are names of the language's own",
  ...['__proto__', 'constructor', 'toString', 'length'].map(name => map(...ITEMS, textString(name), uint(1))),
);
encoded('JSON', new Uint8Array(Buffer.from(`{"m3terId":7,"credited":${LOOT},"withdrawn":0}`)));

test('on XS, all of these one after the other', async t => {
  const siege = await Siege.lay({ makeMeter: onXs() });
  t.teardown(() => siege.rig.cutPower());
  for (const payload of TRIED) await siege.rig.publish('credit', payload);
  t.deepEqual(siege.refused(), { malformed: TRIED.length });
  await siege.assertHeld(t);
});

test('the same credit in its one encoding is obeyed', async t => {
  const { rig } = await Siege.lay();
  await rig.publish('credit', GENUINE);
  t.is(rig.meter.registers?.credited, LOOT);
});
