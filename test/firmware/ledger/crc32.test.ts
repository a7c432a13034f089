import { crc32 as zlibCrc32 } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { ascii, concat } from '../../../firmware/bytes';
import { crc32 } from '../../../firmware/ledger/crc32';

test('the check value of IEEE 802.3 comes out', t => {
  t.is(crc32(ascii('123456789')), 0xcbf43926);
  t.is(crc32(new Uint8Array(0)), 0);
});

test('any bytes give what zlib gives, in one piece or in two', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
      t.is(crc32(a), zlibCrc32(a));
      t.is(crc32(b, crc32(a)), crc32(concat(a, b)));
    }),
  );
});
