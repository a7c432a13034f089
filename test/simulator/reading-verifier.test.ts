import test from 'ava';
import fc from 'fast-check';
import { decodeEnvelope, encodeEnvelope } from '../../firmware/attest/envelope';
import { READING } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { ReadingVerifier } from '../../simulator/reading-verifier';
import { crypto, key, REGISTRY } from '../support/messages';
import { device, domain, M3TER_ID, makeReadings } from '../support/readings';

const READINGS = makeReadings(6);

function faults(envelopes: readonly Uint8Array[], verifier = new ReadingVerifier(domain)): string[] {
  return envelopes.map(envelope => {
    const { repeated, problems } = verifier.accept(envelope);
    return repeated ? 'repeated' : problems.map(({ fault }) => fault).join() || 'good';
  });
}

function pick(...sequences: number[]): Uint8Array[] {
  return sequences.map(sequence => READINGS[sequence - 1] as Uint8Array);
}

/** The same reading with another content, signed by the same device. */
function forged(envelope: Uint8Array, changes: object, signer = device): Uint8Array {
  const decoded = decodeEnvelope(READING, envelope);
  if (!decoded.ok) throw new Error(decoded.fault);
  const message = { ...decoded.value.message, ...changes };
  return encodeEnvelope(READING, message, domain.sign(READING, message, signer.privateKey));
}

test('readings as the meter made them are good, and tell meter and device', t => {
  const verifier = new ReadingVerifier(domain);
  t.deepEqual(faults(READINGS, verifier), Array(6).fill('good'));
  t.deepEqual(verifier.device, device.address);
  t.is(verifier.m3terId, M3TER_ID);
  t.is(verifier.last?.sequence, 6);
});

test('readings from the middle on are good, and those that were sent again are no fault', t => {
  t.deepEqual(faults(pick(3, 4, 5, 4, 5, 6)), ['good', 'good', 'good', 'repeated', 'repeated', 'good']);
});

test('a missing reading shows, and no more than once', t => {
  t.deepEqual(faults(pick(1, 2, 4, 5)), ['good', 'good', 'out-of-sequence', 'good']);
  t.deepEqual(faults(pick(4, 2, 5)), ['good', 'out-of-sequence', 'good']);
});

test('a reading that the device did not sign changes nothing', t => {
  const [third] = pick(3);
  const other = forged(third as Uint8Array, {}, key(43));
  const high = forged(third as Uint8Array, { sequence: 1000 }, key(43));
  t.deepEqual(faults([...pick(1, 2), other, high, ...pick(3, 4)]), [
    'good',
    'good',
    'wrong-signer',
    'wrong-signer',
    'good',
    'good',
  ]);
});

test('a fork of the chain shows', t => {
  const [second] = pick(2);
  const rewritten = forged(second as Uint8Array, { status: 5 });
  t.deepEqual(faults([...pick(1, 2), rewritten, ...pick(3)]), ['good', 'good', 'fork', 'good']);
  t.deepEqual(faults([...pick(1), rewritten, ...pick(3)]), ['good', 'good', 'broken-chain']);
});

test('a first reading that refers to one before it is a broken chain', t => {
  const [first] = pick(1);
  t.deepEqual(faults([forged(first as Uint8Array, { previous: new Uint8Array(32).fill(1) })]), [
    'broken-chain',
  ]);
});

test('a register that goes back shows, also across a gap', t => {
  const readings = makeReadings(4, { imported: sequence => (sequence === 4 ? 10 : 1000) });
  t.deepEqual(faults(readings), ['good', 'good', 'good', 'register-decreased,register-decreased']);
  const [, second, , fourth] = readings as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  t.deepEqual(faults([second, fourth]), ['good', 'out-of-sequence,register-decreased,register-decreased']);
});

test('readings of another meter, device, chain, and garbage are refused', t => {
  const [first] = READINGS as [Uint8Array];
  t.deepEqual(faults([first], new ReadingVerifier(domain, { m3terId: 8n })), ['wrong-meter']);
  t.deepEqual(faults([first], new ReadingVerifier(domain, { device: key(43).address })), ['wrong-signer']);
  const other = new SigningDomain(crypto, { chainId: 1, registry: REGISTRY });
  t.deepEqual(faults([first], new ReadingVerifier(other, { device: device.address })), ['wrong-signer']);
  t.deepEqual(faults([Uint8Array.of(1, 2, 3)]), ['malformed']);
});

test('no change of a byte of a reading is accepted', t => {
  const [first] = READINGS as [Uint8Array];
  fc.assert(
    fc.property(fc.nat({ max: first.length - 1 }), fc.integer({ min: 1, max: 255 }), (k, flip) => {
      const changed = first.map((byte, index) => (index === k ? byte ^ flip : byte));
      t.notDeepEqual(faults([changed], new ReadingVerifier(domain, { device: device.address })), ['good']);
    }),
    { numRuns: 200 },
  );
});
