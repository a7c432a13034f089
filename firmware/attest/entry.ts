import type { Crypto } from '../host';
import type { SigningKey } from './device-key';
import type { ChainPlace, EntryCodec } from './entry-codec';
import { encodeEnvelope } from './envelope';
import { eventCodec } from './event';
import { readingCodec } from './reading';
import type { SigningDomain } from './signing-domain';
import type { StructType } from './struct-type';

/** A signed entry as the log keeps it, and its digest: the `previous` of the next. */
export interface SignedEntry {
  readonly body: Uint8Array;
  /** 32 bytes */
  readonly digest: Uint8Array;
}

/** Signs a reading or an event. @throws RangeError when a number does not fit its field. */
export function signEntry<Content, Struct extends StructType>(
  codec: EntryCodec<Content, Struct>,
  domain: SigningDomain,
  key: SigningKey,
  place: ChainPlace,
  content: Content,
): SignedEntry {
  const digest = domain.digest(codec.type, codec.message(domain.crypto, place, content));
  return { body: codec.encodeBody(content, domain.crypto.sign(digest, key.privateKey)), digest };
}

/** The envelope of an entry in the log, ready to send; undefined when the body is none of this kind. */
export function entryEnvelope<Content, Struct extends StructType>(
  codec: EntryCodec<Content, Struct>,
  crypto: Crypto,
  place: ChainPlace,
  body: Uint8Array,
): Uint8Array | undefined {
  const entry = codec.decodeBody(body);
  return entry && encodeEnvelope(codec.type, codec.message(crypto, place, entry.content), entry.signature);
}

/**
 * How the log of one meter computes the digests of its entries. A body that is none, which only a defect can have
 * written, has the keccak-256 of its bytes for a digest: the log goes on, and whoever checks the chain sees the break.
 */
export function entryDigester(domain: SigningDomain, m3terId: bigint) {
  const digest = <Content, Struct extends StructType>(
    codec: EntryCodec<Content, Struct>,
    place: ChainPlace,
    body: Uint8Array,
  ): Uint8Array => {
    const entry = codec.decodeBody(body);
    if (entry === undefined) return domain.crypto.keccak256(body);
    return domain.digest(codec.type, codec.message(domain.crypto, place, entry.content));
  };
  return (
    kind: 'reading' | 'event',
    sequence: number,
    body: Uint8Array,
    previous: Uint8Array,
  ): Uint8Array => {
    const place = { m3terId, sequence, previous };
    return kind === 'reading' ? digest(readingCodec, place, body) : digest(eventCodec, place, body);
  };
}
