import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import { decodePayload, encodePayload, type PayloadRecord } from '../../../firmware/ledger/payload-record';
import { bytes } from '../../support/messages';

const u32 = fc.nat({ max: 2 ** 32 - 1 });
const anyRecord = fc.record({
  chainId: fc.maxSafeNat(),
  m3terId: fc.bigInt(0n, 2n ** 256n - 1n),
  nonce: u32,
  energy: u32,
  covered: fc.nat({ max: MAX_ENERGY }),
}) as unknown as fc.Arbitrary<PayloadRecord>;

test('any record comes back from its bytes as it was', t => {
  fc.assert(
    fc.property(anyRecord, record => {
      t.deepEqual(decodePayload(encodePayload(record)), { ok: true, value: record });
    }),
  );
});

test('it is kept in the bytes that are documented', t => {
  const record = { chainId: 100, m3terId: 7n, nonce: 258, energy: 65_536, covered: 2 ** 40 };
  t.deepEqual(
    encodePayload(record as unknown as PayloadRecord),
    bytes(`01 0000000000000064 ${'00'.repeat(31)}07 00000102 00010000 010000000000`.replaceAll(' ', '')),
  );
});

test('another length is corrupt, a later format is told apart, and a value out of range is refused', t => {
  t.deepEqual(decodePayload(new Uint8Array(54).fill(1)), { ok: false, fault: 'corrupt' });
  t.deepEqual(decodePayload(new Uint8Array(0)), { ok: false, fault: 'corrupt' });
  t.deepEqual(decodePayload(new Uint8Array(55).fill(2)), { ok: false, fault: 'newer-format' });
  const record = { chainId: 1, m3terId: 1n, nonce: 2 ** 32, energy: 0, covered: 0 as MilliwattHours };
  t.throws(() => encodePayload(record as PayloadRecord), { instanceOf: RangeError });
});
