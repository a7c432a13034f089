import { entryDigester, entryEnvelope } from '../../../firmware/attest/entry';
import type { EntryCodec } from '../../../firmware/attest/entry-codec';
import { decodeEnvelope } from '../../../firmware/attest/envelope';
import { eventCodec } from '../../../firmware/attest/event';
import { readingCodec } from '../../../firmware/attest/reading';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import type { StructType } from '../../../firmware/attest/struct-type';
import { concat } from '../../../firmware/bytes';
import { Prng } from '../../../hosts/mock/prng';
import { crypto } from '../../../test/support/messages';
import { expect } from '../breaches';
import { LINK } from '../desk-rig';
import { below, bytesOf, drawBytes, one } from '../draw';
import { mutate } from '../mutate';
import type { Target } from '../target';

const READING = 110;
const EVENT = 104;
const LONGEST = 300;

/** Readings and events as flash gives them back. An input is 0 for a reading or 1 for an event, and the body. */
export function entryTarget(): Target {
  const setup = new Prng('entries');
  const right = [READING, EVENT, READING + 40, READING + 200].map(length => bytesOf(setup, length));
  const digestOf = entryDigester(new SigningDomain(crypto, LINK), LINK.m3terId);
  const place = { m3terId: LINK.m3terId, sequence: 5, previous: new Uint8Array(32) };

  /** A body that is taken is sent as an envelope that others can read. */
  function check<Content, Struct extends StructType>(
    codec: EntryCodec<Content, Struct>,
    body: Uint8Array,
  ): void {
    const entry = codec.decodeBody(body);
    const envelope = entryEnvelope(codec, crypto, place, body);
    expect((entry === undefined) === (envelope === undefined), 'misread', 'an entry without an envelope');
    if (entry === undefined || envelope === undefined) return;
    const again = codec.encodeBody(entry.content, entry.signature);
    expect(Buffer.compare(again, body) === 0, 'misread', 'a body that encodes to other bytes');
    expect(decodeEnvelope(codec.type, envelope).ok, 'misread', 'an envelope that nobody can read');
  }

  return {
    draw(prng) {
      const body = below(prng, 4) === 0 ? drawBytes(prng, LONGEST) : mutate(prng, one(prng, right), right);
      return concat(Uint8Array.of(below(prng, 2)), body);
    },

    take(input) {
      const body = input.subarray(1);
      if (input[0] === 0) check(readingCodec, body);
      else check(eventCodec, body);
      digestOf(input[0] === 0 ? 'reading' : 'event', place.sequence, body, place.previous);
    },
  };
}
