import test from 'ava';
import fc from 'fast-check';
import { decodeEnvelope, encodeEnvelope, MAXIMUM_ENVELOPE_LENGTH } from '../../../firmware/attest/envelope';
import { CREDIT, READING, TARIFF } from '../../../firmware/attest/signed-types';
import { concat, equal, toHex } from '../../../firmware/bytes';
import { anyBytes, anyMessage, bytes, SIGNED_TYPES } from '../../support/messages';

const SIGNATURE = new Uint8Array(65).fill(0x5a);
/** 00 5841 5a...5a: key 0 and the signature. */
const SIGNED = `005841${toHex(SIGNATURE)}`;

for (const type of SIGNED_TYPES) {
  test(`any ${type.name} is the same after encoding and decoding`, t => {
    fc.assert(
      fc.property(anyMessage(type), anyBytes(65), (message, signature) => {
        const decoded = decodeEnvelope(type, encodeEnvelope(type, message as never, signature));
        t.deepEqual(decoded, { ok: true, value: { message: { ...message } as never, signature } });
      }),
      { numRuns: 100 },
    );
  });

  test(`no damaged ${type.name} makes the decoder throw or is taken for other bytes`, t => {
    const damaged = anyMessage(type).chain(message => {
      const whole = encodeEnvelope(type, message as never, SIGNATURE);
      return fc.tuple(fc.constant(whole), damages(whole));
    });
    fc.assert(
      fc.property(damaged, ([whole, other]) => {
        const decoded = decodeEnvelope(type, other);
        if (!decoded.ok) return;
        const { message, signature } = decoded.value;
        t.deepEqual(encodeEnvelope(type, message, signature), other);
        if (!equal(whole, other)) t.notDeepEqual(decoded, decodeEnvelope(type, whole));
      }),
      { numRuns: 300 },
    );
    t.pass();
  });
}

test('no bytes whatever make the decoder throw', t => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // a head that begins as an envelope does, then anything
    fc.uint8Array({ maxLength: 100 }).map(rest => concat(bytes(`a4${SIGNED}01`), rest)),
  );
  fc.assert(
    fc.property(garbage, input => {
      const before = toHex(input);
      const decoded = decodeEnvelope(CREDIT, input);
      t.is(toHex(input), before);
      t.true(decoded.ok || ['malformed', 'wrong-fields', 'not-canonical'].includes(decoded.fault));
    }),
    { numRuns: 3000 },
  );
});

test('the encoding is the documented one, byte by byte', t => {
  const message = { m3terId: 7n, credited: 2_000_000, withdrawn: 2 ** 33 };
  t.is(toHex(encodeEnvelope(CREDIT, message, SIGNATURE)), `a4${SIGNED}0107021a001e8480031b0000000200000000`);
});

test('a number is as short as it can be at every boundary', t => {
  const cases: [bigint, string][] = [
    [23n, '17'],
    [24n, '1818'],
    [255n, '18ff'],
    [256n, '190100'],
    [65535n, '19ffff'],
    [65536n, '1a00010000'],
    [2n ** 32n - 1n, '1affffffff'],
    [2n ** 32n, '1b0000000100000000'],
    [2n ** 64n - 1n, '1bffffffffffffffff'],
    [2n ** 64n, 'c249010000000000000000'],
    [2n ** 256n - 1n, `c25820${'ff'.repeat(32)}`],
  ];
  for (const [m3terId, expected] of cases) {
    const envelope = encodeEnvelope(CREDIT, { m3terId, credited: 0, withdrawn: 0 }, SIGNATURE);
    t.is(toHex(envelope), `a4${SIGNED}01${expected}02000300`);
    t.true(decodeEnvelope(CREDIT, envelope).ok);
  }
});

const REFUSED: [string, string, string][] = [
  ['a long integer', `a4${SIGNED}010702180203 00`, 'not-canonical'],
  ['a small integer in eight bytes', `a4${SIGNED}0107021b00000000000000020300`, 'not-canonical'],
  ['a small bignum', `a4${SIGNED}01c2410702000300`, 'not-canonical'],
  [
    'a bignum with leading zeros',
    `a4${SIGNED}01c25820${'00'.repeat(23)}${'ff'.repeat(9)}02000300`,
    'not-canonical',
  ],
  ['a long map head', `b804${SIGNED}010702000300`, 'not-canonical'],
  ['a long key', `a4${SIGNED}18010702000300`, 'not-canonical'],
  ['keys out of order', `a4${SIGNED}010703000200`, 'not-canonical'],
  ['a long length of the signature', `a4005900 41${toHex(SIGNATURE)}010702000300`, 'not-canonical'],
  ['a key twice', `a5${SIGNED}0107020002000300`, 'not-canonical'],
  ['an extra key', `a5${SIGNED}0107020003000400`, 'wrong-fields'],
  ['a text key', `a5${SIGNED}0107020003006161 00`, 'wrong-fields'],
  ['a missing field', `a3${SIGNED}01070200`, 'wrong-fields'],
  ['no signature', 'a3010702000300', 'wrong-fields'],
  ['a short signature', `a4005840${'5a'.repeat(64)}010702000300`, 'wrong-fields'],
  ['a text for a number', `a4${SIGNED}0161370200 0300`, 'wrong-fields'],
  ['a negative number', `a4${SIGNED}010702200300`, 'wrong-fields'],
  ['a number beyond 2⁵³', `a4${SIGNED}0107021b00200000000000000300`, 'wrong-fields'],
  ['a list for a number', `a4${SIGNED}010702800300`, 'wrong-fields'],
  ['a map for a number', `a4${SIGNED}010702a101010300`, 'wrong-fields'],
  ['an empty map', `a4${SIGNED}010702a00300`, 'malformed'],
  ['a list that makes it 192 items', `a4${SIGNED}01070298b7${'00'.repeat(183)}0300`, 'wrong-fields'],
  ['a list that makes it 193 items', `a4${SIGNED}01070298b8${'00'.repeat(184)}0300`, 'malformed'],
  ['trailing bytes', `a4${SIGNED}01070200030000`, 'malformed'],
  ['a cut', `a4${SIGNED}0107020003`, 'malformed'],
  ['an indefinite map', `bf${SIGNED}010702000300ff`, 'malformed'],
  ['an indefinite byte string', `a4005f5841${toHex(SIGNATURE)}ff010702000300`, 'malformed'],
  ['an indefinite list', `a4${SIGNED}0107029fff0300`, 'malformed'],
  ['a float', `a4${SIGNED}0107 02fb40000000000000000300`, 'malformed'],
  ['a half float', `a4${SIGNED}0107 02f940000300`, 'malformed'],
  ['a boolean', `a4${SIGNED}010702f50300`, 'malformed'],
  ['a null', `a4${SIGNED}010702f60300`, 'malformed'],
  ['a negative bignum', `a4${SIGNED}01c3410702000300`, 'malformed'],
  ['a bignum of 33 bytes', `a4${SIGNED}01c25821${'01'.repeat(33)}02000300`, 'malformed'],
  ['a bignum of no bytes at all', `a4${SIGNED}01c20702000300`, 'malformed'],
  ['another tag', `a4${SIGNED}01d8400702000300`, 'malformed'],
  ['the decoder’s record extension', `d9dfff83010281610161`, 'malformed'],
  ['a list that claims 2³² − 1 items', `a4${SIGNED}0107029affffffff0300`, 'malformed'],
  ['a list that claims 2⁶⁴ − 1 items', `a4${SIGNED}0107029bffffffffffffffff0300`, 'malformed'],
  ['a map that claims 2³¹ items', `ba80000000${SIGNED}`, 'malformed'],
  ['bytes that claim 4 GB', `a4005affffffff${toHex(SIGNATURE)}010702000300`, 'malformed'],
  ['a text that claims 4 GB', `a4${SIGNED}01077affffffff0300`, 'malformed'],
  ['a reserved head', `a4${SIGNED}0107021c0300`, 'malformed'],
  ['lists within lists', `a4${SIGNED}010702${'81'.repeat(500)}000300`, 'malformed'],
  ['a list', '8100', 'malformed'],
  ['a number', '00', 'malformed'],
  ['nothing', '', 'malformed'],
];

for (const [what, hex, fault] of REFUSED)
  test(`an envelope with ${what} is refused as ${fault}`, t => {
    t.deepEqual(decodeEnvelope(CREDIT, bytes(hex.replaceAll(' ', ''))), { ok: false, fault } as never);
  });

test('an envelope of one type is none of another', t => {
  const credit = encodeEnvelope(CREDIT, { m3terId: 7n, credited: 1, withdrawn: 0 }, SIGNATURE);
  t.false(decodeEnvelope(READING, credit).ok);
});

test('what is decoded is its own: neither the input nor the next message changes it', t => {
  const input = encodeEnvelope(CREDIT, { m3terId: 7n, credited: 1, withdrawn: 0 }, SIGNATURE);
  const decoded = decodeEnvelope(CREDIT, input);
  input.fill(0);
  t.deepEqual(decoded.ok && decoded.value.signature, SIGNATURE);
  const first = encodeEnvelope(CREDIT, { m3terId: 7n, credited: 1, withdrawn: 0 }, SIGNATURE);
  const copy = toHex(first);
  encodeEnvelope(CREDIT, { m3terId: 8n, credited: 2, withdrawn: 0 }, SIGNATURE);
  t.is(toHex(first), copy);
});

test('a message that would be longer than anyone takes is misuse', t => {
  const band = { fromMinute: 1439, toMinute: 1440, days: 127, factor: 1000 };
  const tariff = { m3terId: 7n, version: 1, validFrom: 0, feedInFactor: 500, bands: Array(100).fill(band) };
  t.throws(() => encodeEnvelope(TARIFF, tariff, SIGNATURE), { instanceOf: RangeError });
  t.false(decodeEnvelope(CREDIT, new Uint8Array(MAXIMUM_ENVELOPE_LENGTH + 1)).ok);
});

/** One byte changed, one left out or put in, a cut, or a piece doubled. */
function damages(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat({ max: whole.length - 1 });
  const byte = fc.nat({ max: 255 });
  return fc.oneof(
    fc.tuple(at, byte).map(([k, value]) => whole.map((old, index) => (index === k ? value : old))),
    at.map(k => concat(whole.subarray(0, k), whole.subarray(k + 1))),
    fc
      .tuple(at, byte)
      .map(([k, value]) => concat(whole.subarray(0, k), Uint8Array.of(value), whole.subarray(k))),
    at.map(k => whole.slice(0, k)),
    fc.tuple(at, at).map(([a, b]) => concat(whole, whole.subarray(Math.min(a, b), Math.max(a, b)))),
  );
}
