import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT, type Event, LINK, type Reading } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { equal } from '../../firmware/bytes';
import { type ReadingProblem, ReadingVerifier } from '../reading-verifier';

/** A message of a meter, in its envelope. */
export interface MeterMessage {
  readonly payload: Uint8Array;
  /** Unix seconds; absent where nobody wrote it down */
  readonly receivedAt?: number;
}

/** What a meter has said, as it was found. */
export interface MeterMessages {
  readonly m3terId: bigint;
  readonly links: readonly MeterMessage[];
  readonly readings: readonly MeterMessage[];
  readonly events: readonly MeterMessage[];
  /** Every reading up to this sequence is said to be kept; 0 for none */
  readonly acknowledged: number;
}

export interface JudgedReading {
  readonly reading: Reading;
  /** Empty when signature, chain and registers are right */
  readonly problems: readonly ReadingProblem[];
  readonly receivedAt?: number;
}

export interface JudgedEvent {
  readonly event: Event;
  /** The meter's device has signed it. */
  readonly verified: boolean;
  readonly receivedAt?: number;
}

/** What is known of a meter from its own words. */
export interface MeterHistory {
  readonly m3terId: bigint;
  readonly chainId?: number;
  /** 20 bytes; undefined when nothing tells */
  readonly device: Uint8Array | undefined;
  /** Each once, in the order of their coming */
  readonly readings: readonly JudgedReading[];
  /** What was sent as a reading and is none */
  readonly malformed: number;
  readonly events: readonly JudgedEvent[];
  readonly acknowledged: number;
}

/**
 * Checks what a meter has said, as `m3ter verify` does.
 * @param device that must have signed; absent: as the first `Link` that its own device signed says, or else the first
 *   reading
 */
export function judgeMessages(
  domain: SigningDomain,
  { m3terId, links, readings, events, acknowledged }: MeterMessages,
  device: Uint8Array | undefined,
): MeterHistory {
  const verifier = new ReadingVerifier(domain, {
    m3terId,
    device: device ?? claimedDevice(domain, m3terId, links),
  });
  let malformed = 0;
  const judged: JudgedReading[] = [];
  for (const { payload, ...received } of readings) {
    const { reading, repeated, problems } = verifier.accept(payload);
    if (reading === undefined) malformed++;
    else if (!repeated) judged.push({ reading, problems, ...received });
  }
  return {
    m3terId,
    chainId: domain.chainId,
    device: verifier.device,
    readings: judged,
    malformed,
    events: judgeEvents(domain, m3terId, verifier.device, events),
    acknowledged,
  };
}

/** Anybody can claim a meter for a device of his own: the first does it, as for a meter's operator. */
function claimedDevice(
  domain: SigningDomain,
  m3terId: bigint,
  links: readonly MeterMessage[],
): Uint8Array | undefined {
  for (const { payload } of links) {
    const claim = decodeEnvelope(LINK, payload);
    if (!claim.ok || claim.value.message.m3terId !== m3terId) continue;
    const { message, signature } = claim.value;
    const signer = domain.signer(LINK, message, signature);
    if (signer && equal(signer, message.device)) return message.device;
  }
  return undefined;
}

/** Each once: meters send again what nobody has confirmed. */
function judgeEvents(
  domain: SigningDomain,
  m3terId: bigint,
  device: Uint8Array | undefined,
  messages: readonly MeterMessage[],
): JudgedEvent[] {
  const seen = new Set<number>();
  const judged: JudgedEvent[] = [];
  for (const { payload, ...received } of messages) {
    const decoded = decodeEnvelope(EVENT, payload);
    if (!decoded.ok) continue;
    const { message: event, signature } = decoded.value;
    const signer = domain.signer(EVENT, event, signature);
    const verified =
      event.m3terId === m3terId && signer !== undefined && device !== undefined && equal(signer, device);
    if (verified && seen.has(event.sequence)) continue;
    if (verified) seen.add(event.sequence);
    judged.push({ event, verified, ...received });
  }
  return judged;
}
