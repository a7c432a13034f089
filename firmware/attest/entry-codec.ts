import type { Crypto } from '../host';
import type { Message, StructType } from './struct-type';

/** Where an entry stands in its meter's chain; the log supplies it, so the entry's body need not hold it. */
export interface ChainPlace {
  readonly m3terId: bigint;
  /** From 1. */
  readonly sequence: number;
  /** Digest of the entry before, 32 bytes; zeros before the first. */
  readonly previous: Uint8Array;
}

/** How one kind of entry is put into a log's body and stated as a message. */
export interface EntryCodec<Content, Struct extends StructType> {
  readonly type: Struct;
  message(crypto: Crypto, place: ChainPlace, content: Content): Message<Struct>;
  /** @throws RangeError when a number does not fit. */
  encodeBody(content: Content, signature: Uint8Array): Uint8Array;
  /** Undefined when the body is none of this kind. */
  decodeBody(body: Uint8Array): { readonly content: Content; readonly signature: Uint8Array } | undefined;
}
