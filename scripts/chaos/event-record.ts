import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT_CODES, type EventName } from '../../firmware/attest/event';
import { EVENT, type Event } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import type { OnBreach } from './promises';

/** Whose details only grow: versions, and energy credited in total; that stays when some is withdrawn. */
const GROWING: readonly EventName[] = [
  'tariffChanged',
  'policyChanged',
  'orderChanged',
  'rolesChanged',
  'creditApplied',
];

interface Recorded {
  readonly event: Event;
  readonly digest: string;
}

/** The events of one meter, in whatever order and however often they come. Some never do: the operator was away. */
export class EventRecord {
  readonly #domain: SigningDomain;
  readonly #events = new Map<number, Recorded>();
  readonly #forked = new Set<number>();

  constructor(domain: SigningDomain) {
    this.#domain = domain;
  }

  get count(): number {
    return this.#events.size;
  }

  add(payload: Uint8Array): void {
    const decoded = decodeEnvelope(EVENT, payload);
    if (!decoded.ok) return;
    const event = decoded.value.message;
    const digest = toHex(this.#domain.digest(EVENT, event));
    const known = this.#events.get(event.sequence);
    if (known !== undefined && known.digest !== digest) this.#forked.add(event.sequence);
    this.#events.set(event.sequence, { event, digest });
  }

  /** @param withdrawals how many there were */
  judge(m3terId: bigint, withdrawals: number, onBreach: OnBreach): void {
    for (const sequence of this.#forked) onBreach('events disordered', m3terId, `two events ${sequence}`);
    const details = new Map<number, bigint>();
    let unchanged = 0;
    let time = 0;
    for (const { event } of [...this.#events.values()].sort((a, b) => a.event.sequence - b.event.sequence)) {
      const { sequence, timestamp, previous } = event;
      const before = this.#events.get(sequence - 1);
      if (before !== undefined && before.digest !== toHex(previous))
        onBreach('events disordered', m3terId, `event ${sequence} does not follow from the one before`);
      if (timestamp > 0 && timestamp < time)
        onBreach(
          'times going back',
          m3terId,
          `event ${sequence}: expected ${time} at least, got ${timestamp}`,
        );
      time = Math.max(time, timestamp);
      if (isCreditUnchanged(event, details) && ++unchanged <= withdrawals) continue;
      judgeGrowth(event, details, message => onBreach('stale directives obeyed', m3terId, message));
    }
  }
}

function isCreditUnchanged({ code, detail }: Event, details: ReadonlyMap<number, bigint>): boolean {
  return code === EVENT_CODES.creditApplied && details.get(code) === BigInt(`0x${toHex(detail)}`);
}

function judgeGrowth(event: Event, details: Map<number, bigint>, onStale: (message: string) => void): void {
  const name = GROWING.find(growing => EVENT_CODES[growing] === event.code);
  if (name === undefined) return;
  const detail = BigInt(`0x${toHex(event.detail)}`);
  const before = details.get(event.code) ?? 0n;
  if (detail <= before) onStale(`${name}: expected more than ${before}, got ${detail}`);
  details.set(event.code, detail);
}
