import test from 'ava';
import fc from 'fast-check';
import { entryDigester, entryEnvelope, signEntry } from '../../../firmware/attest/entry';
import { decodeEnvelope } from '../../../firmware/attest/envelope';
import { detailNumber, detailText, EVENT_CODES, eventCodec } from '../../../firmware/attest/event';
import { readingCodec } from '../../../firmware/attest/reading';
import { EVENT, READING } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { readStatus, statusWord } from '../../../firmware/attest/status';
import { toHex } from '../../../firmware/bytes';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import { SUPPLY_REASONS, type SupplyReason } from '../../../firmware/supply/supply-reason';
import { anyBytes, crypto, key, REGISTRY } from '../../support/messages';

const M3TER_ID = 7n;
const domain = new SigningDomain(crypto, { chainId: 100, registry: REGISTRY });
const device = key(42);
const digestOf = entryDigester(domain, M3TER_ID);

const anyEnergy = fc.maxSafeNat().map(n => (n % (MAX_ENERGY + 1)) as MilliwattHours);
const anyPlace = fc.record({
  m3terId: fc.constant(M3TER_ID),
  sequence: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  previous: anyBytes(32),
});
const anyTimestamp = fc.maxSafeNat().map(n => n % 2 ** 40);
const anyReading = fc.record({
  timestamp: anyTimestamp,
  registers: fc.record({
    imported: anyEnergy,
    exported: anyEnergy,
    debited: anyEnergy,
    credited: anyEnergy,
    withdrawn: anyEnergy,
    feedIn: anyEnergy,
  }),
  status: fc.nat({ max: 2 ** 32 - 1 }),
  telemetry: fc.uint8Array({ maxLength: 64 }),
});
const anyEvent = fc.record({
  timestamp: anyTimestamp,
  code: fc.nat({ max: 0xffff }),
  detail: anyBytes(32),
});

test('a reading from the log is the one that was signed', t => {
  fc.assert(
    fc.property(anyPlace, anyReading, (place, content) => {
      const { body, digest } = signEntry(readingCodec, domain, device, place, content);
      t.is(body.length, 110 + content.telemetry.length);
      t.deepEqual(digestOf('reading', place.sequence, body, place.previous), digest);
      t.deepEqual(readingCodec.decodeBody(body)?.content, content);
      const envelope = entryEnvelope(readingCodec, crypto, place, body);
      const decoded = decodeEnvelope(READING, envelope ?? new Uint8Array());
      if (!decoded.ok) return t.fail(decoded.fault);
      const { message, signature } = decoded.value;
      t.deepEqual(domain.digest(READING, message), digest);
      t.deepEqual(domain.signer(READING, message, signature), device.address);
      t.deepEqual(message.telemetry, crypto.keccak256(content.telemetry));
    }),
    { numRuns: 50 },
  );
});

test('an event from the log is the one that was signed', t => {
  fc.assert(
    fc.property(anyPlace, anyEvent, (place, content) => {
      const { body, digest } = signEntry(eventCodec, domain, device, place, content);
      t.deepEqual(digestOf('event', place.sequence, body, place.previous), digest);
      t.deepEqual(eventCodec.decodeBody(body)?.content, content);
      const decoded = decodeEnvelope(
        EVENT,
        entryEnvelope(eventCodec, crypto, place, body) ?? new Uint8Array(),
      );
      if (!decoded.ok) return t.fail(decoded.fault);
      t.deepEqual(domain.signer(EVENT, decoded.value.message, decoded.value.signature), device.address);
    }),
    { numRuns: 50 },
  );
});

test('a body that is no entry has a digest all the same, and nothing to send', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 103 }), body => {
      const place = { m3terId: M3TER_ID, sequence: 1, previous: new Uint8Array(32) };
      t.deepEqual(digestOf('reading', 1, body, place.previous), crypto.keccak256(body));
      t.deepEqual(digestOf('event', 1, body, place.previous), crypto.keccak256(body));
      t.is(entryEnvelope(readingCodec, crypto, place, body), undefined);
      t.is(entryEnvelope(eventCodec, crypto, place, body), undefined);
    }),
  );
});

test('a time beyond 40 bits is misuse', t => {
  const place = { m3terId: M3TER_ID, sequence: 1, previous: new Uint8Array(32) };
  const event = { timestamp: 2 ** 40, code: 1, detail: new Uint8Array(32) };
  t.throws(() => signEntry(eventCodec, domain, device, place, event), { instanceOf: RangeError });
});

test('event codes are numbers of their own', t => {
  const codes = Object.values(EVENT_CODES);
  t.is(new Set(codes).size, codes.length);
  t.true(codes.every(code => code > 0 && code < 2 ** 16));
});

test('details hold short texts and whole numbers', t => {
  t.is(
    toHex(detailText('credit wrong-signer')),
    `${toHex(Buffer.from('credit wrong-signer'))}${'00'.repeat(13)}`,
  );
  t.is(toHex(detailNumber(2_000_000)), '1e8480'.padStart(64, '0'));
  t.is(toHex(detailNumber(2n ** 256n - 1n)), 'ff'.repeat(32));
  for (const number of [-1, 2n ** 256n]) t.throws(() => detailNumber(number), { instanceOf: RangeError });
  t.throws(() => detailText('a'.repeat(33)), { instanceOf: RangeError });
});

test('a status word says what was put into it', t => {
  const reasons = Object.keys(SUPPLY_REASONS) as SupplyReason[];
  const anyStatus = fc.record({
    relayClosed: fc.boolean(),
    timeUnknown: fc.boolean(),
    lowBalance: fc.boolean(),
    ledgerFault: fc.boolean(),
    sensorFault: fc.boolean(),
    criticalBalance: fc.boolean(),
    tariffUncertain: fc.boolean(),
    tampered: fc.boolean(),
    reason: fc.constantFrom(...reasons),
  });
  fc.assert(fc.property(anyStatus, status => t.deepEqual(readStatus(statusWord(status)), status)));
  const closed = {
    relayClosed: true,
    timeUnknown: false,
    lowBalance: true,
    ledgerFault: false,
    sensorFault: false,
    criticalBalance: true,
    tariffUncertain: false,
    tampered: true,
  };
  t.is(statusWord({ ...closed, reason: 'exhausted' }), 0x02a5);
  t.is(readStatus(0xff00).reason, undefined);
});
