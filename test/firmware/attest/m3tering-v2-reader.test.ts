import { createPublicKey, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { encodePayloadV2, payloadV2Message } from '../../../firmware/attest/m3tering-v2';
import { toHex } from '../../../firmware/bytes';
import { milliwattHours } from '../../../firmware/energy';
import { bytes } from '../../support/messages';
import { ed25519Key, publicKeyOf } from '../../support/payload-meter';
import { isSignedBy, readPayload } from '../../vectors/payload-reader';

const KEY = ed25519Key(3);
const PUBLIC_KEY = publicKeyOf(KEY);
const UINT32 = fc.oneof(fc.nat({ max: 2 ** 32 - 1 }), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1));
const INT24 = fc.oneof(fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }), fc.constantFrom(-(2 ** 23), -1, 0));

test('the payload of a meter in service says to a reader made from the documents what it is to say', t => {
  const golden = JSON.parse(readFileSync(new URL('../../vectors/m3tering-v2.json', import.meta.url), 'utf8'));
  const read = readPayload(bytes(golden.payload));
  t.deepEqual([read.nonce, read.energy, read.voltage], [golden.nonce, golden.energy_mWh, golden.voltage_V]);
  t.is(read.deviceId, golden.publicKey);
  t.true(isSignedBy(golden.publicKey, read));
});

test('a reader made from the documents alone reads of our payloads what was put in', t => {
  const degrees = INT24.map(unit => unit / 1e5);
  const optional = fc.oneof(
    fc.constant({}),
    fc.record({ voltage: fc.nat({ max: 65_535 }).map(tenths => tenths / 10) }),
    fc.record({
      voltage: fc.nat({ max: 65_535 }).map(tenths => tenths / 10),
      publicKey: fc.constant(PUBLIC_KEY),
    }),
    fc.record({
      voltage: fc.nat({ max: 65_535 }).map(tenths => tenths / 10),
      publicKey: fc.constant(PUBLIC_KEY),
      longitude: degrees,
      latitude: degrees,
    }),
  );
  fc.assert(
    fc.property(UINT32, UINT32.map(milliwattHours), optional, (nonce, energy, fields) => {
      const signature = Uint8Array.from(sign(null, payloadV2Message(nonce, energy), KEY));
      const read = readPayload(encodePayloadV2({ nonce, energy, signature, ...fields }));
      const { message, signature: readSignature, deviceId, ...rest } = read;
      const { publicKey, ...said } = { publicKey: undefined, ...fields };
      t.deepEqual(rest, { nonce, energy, ...said });
      t.is(deviceId, publicKey === undefined ? undefined : toHex(publicKey));
      t.true(verify(null, message, createPublicKey(KEY), readSignature));
    }),
    { numRuns: 300 },
  );
});
