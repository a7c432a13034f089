import { createPrivateKey, createPublicKey, hkdfSync, sign, verify } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { ed25519Seed } from '../../../firmware/attest/ed25519-seed';
import { toHex } from '../../../firmware/bytes';
import { anyBytes, crypto } from '../../support/messages';

test('it is what HKDF-SHA-256 of Node makes of the seed', t => {
  fc.assert(
    fc.property(anyBytes(32), seed => {
      const expected = new Uint8Array(hkdfSync('sha256', seed, '', 'M3ter Ed25519 v1', 32));
      return toHex(ed25519Seed(crypto, seed)) === toHex(expected);
    }),
  );
  t.is(
    toHex(ed25519Seed(crypto, new Uint8Array(32).fill(7))),
    toHex(new Uint8Array(hkdfSync('sha256', new Uint8Array(32).fill(7), '', 'M3ter Ed25519 v1', 32))),
  );
});

test('it makes a key that signs', t => {
  const secret = ed25519Seed(crypto, new Uint8Array(32).fill(1));
  // PKCS #8 of RFC 8410, section 7
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const message = Buffer.from('12345678');
  t.true(verify(null, message, createPublicKey(key), sign(null, message, key)));
});
