import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { Crypto } from '../../firmware/host';
import { ReadingVerifier } from '../reading-verifier';
import { claimedDevice } from './message-judge';
import type { LoggedMessage } from './topic-log';

/** Of more, who may all be one liar's, nothing is taken: each has some ten kilobytes of memory. */
const MOST = 100_000;
const STREAMS: ReadonlySet<string> = new Set(['link', 'reading', 'event']);

/** A meter that has said something. */
export interface Speaker {
  readonly domain: SigningDomain;
  readonly m3terId: bigint;
  /** 20 bytes: as the first `Link` that its own device signed says, or else the first reading; undefined when none does */
  readonly device: Uint8Array | undefined;
}

/** The meters of a log, in the order of their first words, and who has to sign for each. */
export class Speakers {
  /** Messages of meters beyond those that are taken */
  leftOut = 0;
  readonly #crypto: Crypto;
  readonly #registry: Uint8Array;
  readonly #domains = new Map<number, SigningDomain>();
  readonly #speakers = new Map<string, HeardSpeaker>();

  /** @param registry the M3ter contract that they sign for, 20 bytes */
  constructor(crypto: Crypto, registry: Uint8Array) {
    this.#crypto = crypto;
    this.#registry = registry;
  }

  get all(): readonly Speaker[] {
    return [...this.#speakers.values()];
  }

  /** Whose message, or to whom; undefined when that one never said anything. */
  of({ chainId, m3terId }: LoggedMessage): HeardSpeaker | undefined {
    return this.#speakers.get(`${chainId}/${m3terId}`);
  }

  hear(message: LoggedMessage): void {
    if (!STREAMS.has(message.stream)) return;
    const speaker = this.of(message) ?? this.#admit(message);
    if (speaker === undefined) this.leftOut++;
    else speaker.hear(message);
  }

  #admit({ chainId, m3terId }: LoggedMessage): HeardSpeaker | undefined {
    if (this.#speakers.size === MOST) return undefined;
    const speaker = new HeardSpeaker(this.#domain(chainId), m3terId);
    this.#speakers.set(`${chainId}/${m3terId}`, speaker);
    return speaker;
  }

  #domain(chainId: number): SigningDomain {
    const domain =
      this.#domains.get(chainId) ?? new SigningDomain(this.#crypto, { chainId, registry: this.#registry });
    this.#domains.set(chainId, domain);
    return domain;
  }
}

/** Anybody can claim a meter for a device of his own: the first does it, as for a meter's operator. */
class HeardSpeaker implements Speaker {
  readonly domain: SigningDomain;
  readonly m3terId: bigint;
  #claimed: Uint8Array | undefined;
  #signing: Uint8Array | undefined;

  constructor(domain: SigningDomain, m3terId: bigint) {
    this.domain = domain;
    this.m3terId = m3terId;
  }

  get device(): Uint8Array | undefined {
    return this.#claimed ?? this.#signing;
  }

  hear({ stream, payload }: LoggedMessage): void {
    const { domain, m3terId } = this;
    if (stream === 'link') this.#claimed ??= claimedDevice(domain, m3terId, payload);
    else if (stream === 'reading') this.#signing ??= signerOf(domain, m3terId, payload);
  }
}

/** Who has signed a reading of this meter. */
function signerOf(domain: SigningDomain, m3terId: bigint, payload: Uint8Array): Uint8Array | undefined {
  const verifier = new ReadingVerifier(domain, { m3terId });
  verifier.accept(payload);
  return verifier.device;
}
