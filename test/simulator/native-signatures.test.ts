import test from 'ava';
import fc from 'fast-check';
import { withNativeSignatures } from '../../simulator/native-signatures';
import { anyBytes, crypto, key } from '../support/messages';

const native = withNativeSignatures(crypto);
const { privateKey, address } = key(7);
const digest = crypto.sha256(Uint8Array.of(1));

test('what libsecp256k1 signs and recovers is what @noble does, to the byte', t => {
  t.is(address.length, 20);
  fc.assert(
    fc.property(anyBytes(32), message => {
      const signature = native.sign(message, privateKey);
      t.deepEqual(signature, crypto.sign(message, privateKey));
      t.deepEqual(native.recover(message, signature), crypto.recover(message, signature));
    }),
    { numRuns: 50 },
  );
});

test('what @noble takes for no signature it does not either', t => {
  const good = crypto.sign(digest, privateKey);
  const highS = Uint8Array.from(good);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${Buffer.from(good.subarray(32, 64)).toString('hex')}`);
  highS.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex'), 32);
  highS[64] = 55 - (good[64] as number);
  const others = [
    highS,
    good.subarray(0, 64),
    Uint8Array.of(...good, 0),
    ...[0, 1, 26, 29].map(v => Uint8Array.of(...good.subarray(0, 64), v)),
    new Uint8Array(65),
    new Uint8Array(65).fill(0xff),
  ];
  for (const other of others) {
    t.is(crypto.recover(digest, other), undefined);
    t.is(native.recover(digest, other), undefined);
  }
  fc.assert(
    fc.property(fc.nat(64), fc.integer({ min: 1, max: 255 }), (place, mask) => {
      const changed = Uint8Array.from(good);
      changed[place] = (changed[place] as number) ^ mask;
      t.deepEqual(native.recover(digest, changed), crypto.recover(digest, changed));
    }),
    { numRuns: 100 },
  );
});
