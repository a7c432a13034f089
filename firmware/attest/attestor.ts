import type { Ledger } from '../ledger/ledger';
import type { EntryKind, EntryLog } from '../link/log';
import type { SigningKey } from './device-key';
import { signEntry } from './entry';
import type { EntryCodec } from './entry-codec';
import { type EventContent, eventCodec } from './event';
import { type ReadingContent, readingCodec } from './reading';
import type { SigningDomain } from './signing-domain';
import type { StructType } from './struct-type';

/** States readings and events in one meter's name: signed, numbered, chained, and on flash before anyone sees them. */
export class Attestor {
  readonly #domain: SigningDomain;
  readonly #key: SigningKey;
  readonly #m3terId: bigint;
  readonly #log: EntryLog;
  readonly #ledger: Ledger;
  #fault: 'flash-failed' | undefined;

  constructor(domain: SigningDomain, key: SigningKey, m3terId: bigint, log: EntryLog, ledger: Ledger) {
    this.#domain = domain;
    this.#key = key;
    this.#m3terId = m3terId;
    this.#log = log;
    this.#ledger = ledger;
  }

  /** Set when the last reading or event did not go into the log. */
  get fault(): 'flash-failed' | undefined {
    return this.#fault;
  }

  /** Durable when true. False when the flash failed: then there is no such reading, and its number is not used up. */
  reading(content: ReadingContent): boolean {
    return this.#append('reading', readingCodec, content);
  }

  /** Durable when true, as `reading`. */
  event(content: EventContent): boolean {
    return this.#append('event', eventCodec, content);
  }

  #append<Content, Struct extends StructType>(
    kind: EntryKind,
    codec: EntryCodec<Content, Struct>,
    content: Content,
  ): boolean {
    const { sequence, digest } = this.#log.head(kind);
    const place = { m3terId: this.#m3terId, sequence: sequence + 1, previous: digest };
    const entry = signEntry(codec, this.#domain, this.#key, place, content);
    const isKept = this.#log.append(kind, place.sequence, entry.body);
    this.#fault = isKept ? undefined : 'flash-failed';
    if (!isKept) return false;
    // Should the log be lost, the chain goes on from here. A failure shows in the ledger, and costs this entry nothing.
    const head = { sequence: place.sequence, digest: entry.digest };
    this.#ledger.update(kind === 'reading' ? { readings: head } : { events: head });
    return true;
  }
}
