import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { encodePayloadV1, type PayloadV1 } from '../../../firmware/attest/m3tering-v1';
import { type MilliwattHours, milliwattHours } from '../../../firmware/energy';
import { ed25519Key, publicKeyOf } from '../../support/payload-meter';

interface Vector extends PayloadV1 {
  readonly what: string;
  /** Hex; absent where only the meter has it. */
  readonly privateKey?: string;
  readonly payload: string;
}

const { vectors }: { readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../../vectors/m3tering-v1.json', import.meta.url), 'utf8'),
);

/** As the contract of the first generation does it. */
function verifies(payload: string): boolean {
  const [data, signature, key]: readonly string[] = JSON.parse(payload);
  const x = Buffer.from(key ?? '', 'base64').toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const message = Buffer.from(JSON.stringify(data));
  return verify(null, message, publicKey, Buffer.from(signature ?? '', 'base64'));
}

function encode(payload: PayloadV1, key: KeyObject): string {
  return encodePayloadV1(payload, publicKeyOf(key), message => sign(null, message, key));
}

for (const vector of vectors)
  test(`the vector ${vector.what} verifies, and is what the encoder makes of its fields`, t => {
    t.true(verifies(vector.payload));
    const [data, signature, publicKey]: readonly string[] = JSON.parse(vector.payload);
    const der = Buffer.from(`302e020100300506032b657004220420${vector.privateKey}`, 'hex');
    const made =
      vector.privateKey === undefined
        ? encodePayloadV1(vector, Buffer.from(publicKey ?? '', 'base64'), () =>
            Buffer.from(signature ?? '', 'base64'),
          )
        : encode(vector, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    t.is(made, vector.payload);
    const forged = vector.payload.replace(data ?? '', (data ?? '').replace('[', '[1'));
    t.false(verifies(forged));
  });

test('a payload says its energy to the mWh, its voltage and current to a hundredth, and verifies', t => {
  const key = ed25519Key(1);
  const anyPayload = fc.record({
    nonce: fc.nat({ max: 2 ** 32 - 1 }),
    voltage: fc.double({ min: 0, max: 500, noNaN: true }),
    current: fc.double({ min: 0, max: 200, noNaN: true }),
    energy: fc.nat({ max: 2 ** 32 - 1 }).map(milliwattHours),
  });
  fc.assert(
    fc.property(anyPayload, payload => {
      const text = encode(payload, key);
      t.true(verifies(text));
      const [data]: readonly string[] = JSON.parse(text);
      t.regex(data ?? '', /^\[\d+,\d+(\.\d{1,2})?,\d+(\.\d{1,2})?,\d+\.\d{6}\]$/);
      const [nonce, voltage = 0, current = 0, energy = 0]: readonly number[] = JSON.parse(data ?? '');
      t.is(nonce, payload.nonce);
      t.is(Math.round(energy * 1e6), payload.energy);
      t.true(
        Math.abs(voltage - payload.voltage) <= 0.00501 && Math.abs(current - payload.current) <= 0.00501,
      );
    }),
  );
});

test('what is no number of such a payload is refused by name', t => {
  const right = { nonce: 1, voltage: 230, current: 1, energy: milliwattHours(1) };
  const wrong = [
    { nonce: -1 },
    { nonce: 1.5 },
    { energy: milliwattHours(-1) },
    { energy: 0.5 as MilliwattHours },
    { voltage: Number.NaN },
    { current: Number.POSITIVE_INFINITY },
  ];
  for (const field of wrong) {
    const [name = ''] = Object.keys(field);
    t.throws(() => encode({ ...right, ...field }, ed25519Key(1)), {
      instanceOf: RangeError,
      message: new RegExp(`^${name}: `),
    });
  }
});
