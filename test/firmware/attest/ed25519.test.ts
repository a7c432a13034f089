import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { ed25519Key, signEd25519 } from '../../../firmware/attest/ed25519';
import { toHex } from '../../../firmware/bytes';
import type { Steps } from '../../../firmware/turns';
import { anyBytes, bytes, crypto } from '../../support/messages';

function finish<Value>(steps: Steps<Value>): { readonly value: Value; readonly pauses: number } {
  for (let pauses = 0; ; pauses++) {
    const { done, value } = steps.next();
    if (done) return { value, pauses };
  }
}

function signWith(secret: Uint8Array, message: Uint8Array) {
  const { value: key } = finish(ed25519Key(crypto, secret));
  return { publicKey: key.publicKey, signature: finish(signEd25519(crypto, key, message)).value };
}

/** RFC 8032, 7.1: secret, public key, message, signature */
const VECTORS = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

test('it signs as RFC 8032 says', t => {
  for (const [secret, publicKey, message, signature] of VECTORS) {
    const made = signWith(bytes(secret), bytes(message));
    t.is(toHex(made.publicKey), publicKey);
    t.is(toHex(made.signature), signature);
  }
});

test('whatever secret and message, key and signature are those of OpenSSL', t => {
  fc.assert(
    fc.property(anyBytes(32), fc.uint8Array({ maxLength: 200 }), (secret, message) => {
      const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
      const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      const { publicKey, signature } = signWith(secret, message);
      t.is(toHex(signature), sign(null, message, key).toString('hex'));
      const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
      t.is(toHex(publicKey), spki.subarray(-32).toString('hex'));
    }),
    { numRuns: 15 },
  );
});

test('it pauses every four bits of a scalar, whatever the secret', t => {
  for (const byte of [0, 1, 7, 255]) {
    const key = finish(ed25519Key(crypto, new Uint8Array(32).fill(byte)));
    t.is(key.pauses, 64);
    t.is(finish(signEd25519(crypto, key.value, new Uint8Array(8))).pauses, 64);
  }
});

test('a secret of another length is misuse', t => {
  t.throws(() => finish(ed25519Key(crypto, new Uint8Array(31))), { message: /32 bytes, got 31/ });
});
