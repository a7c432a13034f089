import test from 'ava';
import fc from 'fast-check';
import { toHex } from '../../../firmware/bytes';
import { createCrypto } from '../../../hosts/node/crypto';
import { anyBytes, bytes } from '../../support/messages';

const crypto = createCrypto();
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** s and n − s sign the same, as do v and its opposite. */
function mirrored(signature: Uint8Array): Uint8Array {
  const s = ORDER - BigInt(`0x${toHex(signature.subarray(32, 64))}`);
  const other = signature.slice();
  other.set(bytes(s.toString(16).padStart(64, '0')), 32);
  other[64] = 55 - (signature[64] as number);
  return other;
}

// The vector for secp256k1 with SHA-256 that trezor-crypto, bitcoinjs and others share.
test('a signature is the one that RFC 6979 determines', t => {
  const digest = crypto.sha256(Buffer.from('Satoshi Nakamoto'));
  const signature = crypto.sign(digest, bytes('1'.padStart(64, '0')));
  t.is(
    toHex(signature.subarray(0, 64)),
    '934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8' +
      '2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5',
  );
});

test('keccak-256 has the original padding, not that of SHA-3', t => {
  t.is(
    toHex(crypto.keccak256(new Uint8Array())),
    'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  );
});

test('a signature has its s in the lower half and a v of 27 or 28, and recovers', t => {
  const publicKey = toHex(
    crypto.recover(
      bytes('aa'.repeat(32)),
      crypto.sign(bytes('aa'.repeat(32)), bytes('07'.repeat(32))),
    ) as Uint8Array,
  );
  fc.assert(
    fc.property(anyBytes(32), digest => {
      const signature = crypto.sign(digest, bytes('07'.repeat(32)));
      t.is(signature.length, 65);
      t.true(BigInt(`0x${toHex(signature.subarray(32, 64))}`) <= ORDER / 2n);
      t.true(signature[64] === 27 || signature[64] === 28);
      t.is(toHex(crypto.recover(digest, signature) as Uint8Array), publicKey);
    }),
    { numRuns: 30 },
  );
});

test('the other form of a signature, with s in the upper half, is refused', t => {
  const digest = bytes('bb'.repeat(32));
  const signature = crypto.sign(digest, bytes('07'.repeat(32)));
  t.truthy(crypto.recover(digest, mirrored(mirrored(signature))));
  t.is(crypto.recover(digest, mirrored(signature)), undefined);
});

test('a v other than 27 and 28 is refused', t => {
  const digest = bytes('bb'.repeat(32));
  const signature = crypto.sign(digest, bytes('07'.repeat(32)));
  for (const v of [0, 1, 2, 26, 29, 30, 35, 36, 255]) {
    signature[64] = v;
    t.is(crypto.recover(digest, signature), undefined);
  }
});

test('no bytes for a signature make recover throw', t => {
  const anySignature = fc.oneof(
    fc.uint8Array({ maxLength: 70 }),
    anyBytes(64).map(rs => Uint8Array.of(...rs, 27)),
    fc.constantFrom(...['00', 'ff'].map(byte => bytes(`${byte.repeat(64)}1b`))),
  );
  fc.assert(
    fc.property(anySignature, signature => {
      const publicKey = crypto.recover(new Uint8Array(32), signature);
      t.true(publicKey === undefined || publicKey.length === 64);
    }),
    { numRuns: 200 },
  );
});

test('a digest of another length is misuse', t => {
  const error = { instanceOf: RangeError, message: 'digest: expected 32 bytes, got 31' };
  t.throws(() => crypto.sign(new Uint8Array(31), new Uint8Array(32).fill(1)), error);
  t.throws(() => crypto.recover(new Uint8Array(31), new Uint8Array(65)), error);
});

test('random bytes come in the number asked for, and differ', t => {
  t.is(crypto.random(100).length, 100);
  t.notDeepEqual(crypto.random(32), crypto.random(32));
});
