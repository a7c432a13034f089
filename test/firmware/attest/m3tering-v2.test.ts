import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { decodePayloadV2, encodePayloadV2, payloadV2Message } from '../../../firmware/attest/m3tering-v2';
import { toHex } from '../../../firmware/bytes';
import { milliwattHours } from '../../../firmware/energy';
import { verifyEd25519 } from '../../../simulator/ed25519';
import { anyBytes, bytes } from '../../support/messages';

const GOLDEN: {
  readonly payload: string;
  readonly nonce: number;
  readonly energy_mWh: number;
  readonly voltage_V: number;
  readonly publicKey: string;
} = JSON.parse(readFileSync(new URL('../../vectors/m3tering-v2.json', import.meta.url), 'utf8'));

const SIGNATURE = new Uint8Array(64).fill(1);
const KEY = new Uint8Array(32).fill(2);
const BASE = { nonce: 1, energy: milliwattHours(2), signature: SIGNATURE };

test('the payload of a meter in service is read, verifies, and is encoded to the same bytes', t => {
  const decoded = decodePayloadV2(bytes(GOLDEN.payload));
  if (!decoded.ok) return t.fail(decoded.fault);
  const { nonce, energy, signature, voltage, publicKey } = decoded.value;
  t.deepEqual([nonce, energy, voltage], [GOLDEN.nonce, GOLDEN.energy_mWh as never, GOLDEN.voltage_V]);
  t.is(toHex(publicKey ?? new Uint8Array()), GOLDEN.publicKey);
  t.true(verifyEd25519(signature, payloadV2Message(nonce, energy), bytes(GOLDEN.publicKey)));
  t.false(
    verifyEd25519(signature, payloadV2Message(nonce, milliwattHours(energy + 1)), bytes(GOLDEN.publicKey)),
  );
  t.is(toHex(encodePayloadV2(decoded.value)), GOLDEN.payload);
});

test('a payload with any number of its optional fields comes back as it was', t => {
  const degrees = fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }).map(unit => unit / 1e5);
  const required = {
    nonce: fc.nat({ max: 2 ** 32 - 1 }),
    energy: fc.nat({ max: 2 ** 32 - 1 }),
    signature: anyBytes(64),
  };
  const optional = [
    { voltage: fc.nat({ max: 65535 }).map(dV => dV / 10) },
    { publicKey: anyBytes(32) },
    { longitude: degrees },
    { latitude: degrees },
  ];
  const LENGTHS = [72, 74, 106, 109, 112];
  for (let count = 0; count <= optional.length; count++)
    fc.assert(
      fc.property(fc.record(Object.assign({}, required, ...optional.slice(0, count))), record => {
        const payload = { ...record } as never;
        const encoded = encodePayloadV2(payload);
        t.is(encoded.length, LENGTHS[count] ?? 0);
        t.deepEqual(decodePayloadV2(encoded), { ok: true, value: payload });
      }),
      { numRuns: 50 },
    );
});

test('a position beyond what 24 bits can say is left out whole', t => {
  const at = (longitude: number, latitude: number) =>
    encodePayloadV2({ ...BASE, voltage: 230, publicKey: KEY, longitude, latitude }).length;
  t.is(at(83.88607, -83.88608), 112);
  t.is(at(83.88608, 0), 106);
  t.is(at(-83.88609, 0), 106);
  t.is(at(0, 89.9), 106);
});

test('a payload with a gap in it, or a number out of range, is misuse', t => {
  const position = { longitude: 3, latitude: 6 };
  for (const payload of [
    { ...BASE, publicKey: KEY },
    { ...BASE, voltage: 230, ...position },
    { ...BASE, voltage: 230, publicKey: KEY, latitude: 6 },
    { ...BASE, nonce: 2 ** 32 },
    { ...BASE, energy: milliwattHours(2 ** 32) },
    { ...BASE, voltage: 6553.6 },
    { ...BASE, signature: KEY },
  ])
    t.throws(() => encodePayloadV2(payload), { instanceOf: RangeError });
});

test('a payload of any other length is refused', t => {
  for (let length = 0; length <= 120; length++)
    t.is(decodePayloadV2(new Uint8Array(length)).ok, [72, 74, 106, 109, 112].includes(length));
});

test('garbage for a signature or key is not valid, and throws nothing', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 40 }), (signature, publicKey) =>
      t.false(verifyEd25519(signature, new Uint8Array(8), publicKey)),
    ),
    { numRuns: 50 },
  );
});
