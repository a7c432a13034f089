import test from 'ava';
import fc from 'fast-check';
import { getAddress } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { addressText, parseAddress } from '../../../firmware/attest/address';
import { signingKey } from '../../../firmware/attest/device-key';
import { anyBytes, bytes, crypto } from '../../support/messages';
import { hex } from '../../support/viem';

const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const ORDER_LESS_1 = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140';

test('a seed is a private key, and its address the one that viem derives', t => {
  fc.assert(
    fc.property(anyBytes(32), seed => {
      const made = signingKey(crypto, seed);
      if (!made.ok) return t.fail(made.fault);
      t.is(addressText(crypto, made.value.address), privateKeyToAddress(hex(seed)));
    }),
    { numRuns: 10 },
  );
  t.true(signingKey(crypto, bytes(ORDER_LESS_1)).ok);
});

test('a seed that is no private key is told as a fault', t => {
  for (const seed of ['00'.repeat(32), 'ff'.repeat(32), ORDER, '01'.repeat(31), '01'.repeat(33), ''])
    t.deepEqual(signingKey(crypto, bytes(seed)), { ok: false, fault: 'unusable-secret' });
});

test('a signer whose signatures do not verify is told as a fault', t => {
  let calls = 0;
  const flaky = {
    ...crypto,
    sign: (digest: Uint8Array, secret: Uint8Array) =>
      crypto.sign(calls++ === 0 ? digest : new Uint8Array(32), secret),
  };
  t.deepEqual(signingKey(flaky, bytes('01'.repeat(32))), { ok: false, fault: 'signer-fault' });
});

test('addresses are written and read with the checksum of EIP-55', t => {
  fc.assert(
    fc.property(anyBytes(20), address => {
      t.is(addressText(crypto, address), getAddress(hex(address)));
      t.deepEqual(parseAddress(crypto, getAddress(hex(address))), address);
      t.deepEqual(parseAddress(crypto, hex(address)), address);
    }),
  );
  const wrong = [
    '0x39FB420Bd583cCC8Afd1A1eAce2907fe300ABD02',
    '39fb420bd583ccc8afd1a1eace2907fe300abd02',
    '0x12',
    '',
  ];
  for (const text of wrong) t.is(parseAddress(crypto, text), undefined);
});
