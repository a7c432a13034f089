import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT, type Event, LINK, type Reading } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { equal } from '../../firmware/bytes';
import { type ReadingProblem, ReadingVerifier } from '../reading-verifier';

export interface JudgedReading {
  readonly reading: Reading;
  /** Empty when signature, chain and registers are right */
  readonly problems: readonly ReadingProblem[];
  /** Unix seconds; absent where nobody wrote it down */
  readonly receivedAt?: number;
}

export interface JudgedEvent {
  readonly event: Event;
  /** The meter's device has signed it. */
  readonly verified: boolean;
  readonly receivedAt?: number;
}

/** Checks what one meter has said, as `m3ter verify` does, each message once: meters send again what nobody confirmed. */
export class MessageJudge {
  /** What was sent as a reading and is none */
  malformed = 0;
  readonly #domain: SigningDomain;
  readonly #m3terId: bigint;
  readonly #verifier: ReadingVerifier;
  readonly #events = new Set<number>();

  /** @param device that must have signed, 20 bytes; absent: as the first reading tells */
  constructor(domain: SigningDomain, m3terId: bigint, device: Uint8Array | undefined) {
    this.#domain = domain;
    this.#m3terId = m3terId;
    this.#verifier = new ReadingVerifier(domain, { m3terId, device });
  }

  /** 20 bytes; undefined while nothing tells. */
  get device(): Uint8Array | undefined {
    return this.#verifier.device;
  }

  /** Undefined for one that came before, or is none. */
  reading(payload: Uint8Array): JudgedReading | undefined {
    const { reading, repeated, problems } = this.#verifier.accept(payload);
    if (reading === undefined) this.malformed++;
    return reading === undefined || repeated ? undefined : { reading, problems };
  }

  /** Likewise. */
  event(payload: Uint8Array): JudgedEvent | undefined {
    const decoded = decodeEnvelope(EVENT, payload);
    if (!decoded.ok) return undefined;
    const { message: event, signature } = decoded.value;
    const { device } = this;
    const isOurs = event.m3terId === this.#m3terId && device !== undefined;
    const signer = isOurs ? this.#domain.signer(EVENT, event, signature) : undefined;
    const verified = isOurs && signer !== undefined && equal(signer, device);
    if (verified && this.#events.has(event.sequence)) return undefined;
    if (verified) this.#events.add(event.sequence);
    return { event, verified };
  }
}

/** The device that a `Link` says a meter to be, if that device itself has signed it. */
export function claimedDevice(
  domain: SigningDomain,
  m3terId: bigint,
  payload: Uint8Array,
): Uint8Array | undefined {
  const claim = decodeEnvelope(LINK, payload);
  if (!claim.ok || claim.value.message.m3terId !== m3terId) return undefined;
  const { message, signature } = claim.value;
  const signer = domain.signer(LINK, message, signature);
  return signer && equal(signer, message.device) ? message.device : undefined;
}
