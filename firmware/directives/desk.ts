import { detailNumber, detailText, type EventName } from '../attest/event';
import type { FirmwareRelease } from '../attest/signed-types';
import type { SigningDomain } from '../attest/signing-domain';
import type { Clock } from '../host';
import { crc32 } from '../ledger/crc32';
import type { Ledger } from '../ledger/ledger';
import type { LinkSetting } from '../ledger/state';
import { applyDirective, type Outcome } from './apply';
import { type Directive, type DirectiveKind, isDirectiveKind } from './directive';
import { isNews } from './news';
import { type Refusal, verifyDirective } from './verify';

/** ms between two events about refusals: whoever floods the meter must not fill its log. */
const REFUSAL_EVENT_INTERVAL = 600_000;

/** `unknown`: no directive comes on such a topic. `oversized`: larger than anything the meter takes in. */
export type DeskRefusal = Refusal | 'unknown' | 'oversized' | Exclude<Outcome, 'applied' | 'stale'>;

export interface DeskHandlers {
  /** Something changed, durably; the event says what. */
  onApplied(directive: Directive): void;
  /** `reset`: it is about to happen, and must be stated before this returns. */
  onEvent(name: EventName, detail: Uint8Array): void;
  /** Sequence of the last reading that was made. */
  lastReading(): number;
  /** Begins to receive the firmware that a release speaks of; absent where there is no slot for it. */
  takeRelease?(release: FirmwareRelease): Outcome;
}

/** Where directives arrive: each is verified, applied, or refused and counted. Nothing that arrives can throw. */
export class DirectiveDesk {
  readonly #clock: Clock;
  readonly #domain: SigningDomain;
  readonly #ledger: Ledger;
  readonly #link: LinkSetting;
  readonly #handlers: DeskHandlers;
  readonly #refused: Partial<Record<DeskRefusal, number>> = {};
  #refusalEventAt = Number.NEGATIVE_INFINITY;
  /** CRC-32 of the message of each kind that the last event about a refusal was of. */
  readonly #told: Partial<Record<DirectiveKind | 'directive', number>> = {};

  constructor(
    clock: Clock,
    domain: SigningDomain,
    ledger: Ledger,
    link: LinkSetting,
    handlers: DeskHandlers,
  ) {
    this.#clock = clock;
    this.#domain = domain;
    this.#ledger = ledger;
    this.#link = link;
    this.#handlers = handlers;
  }

  /** How many messages were refused since the start, by cause. */
  get refused(): Readonly<Partial<Record<DeskRefusal, number>>> {
    return this.#refused;
  }

  /**
   * Takes a message on the topic `.../{stream}`, and says why nothing came of it: `stale` when that was known before, and
   * is no refusal. An empty one only clears what the broker retained.
   */
  receive(stream: string, payload: Uint8Array): DeskRefusal | 'stale' | undefined {
    if (payload.length === 0) return undefined;
    const kind = isDirectiveKind(stream) ? stream : undefined;
    const outcome = kind === undefined ? 'unknown' : this.#obey(kind, payload);
    if (outcome === 'applied') return undefined;
    if (outcome !== 'stale') this.#refuse(kind ?? 'directive', outcome, payload);
    return outcome;
  }

  /** Takes note of a message that was too large to be taken in. @param beginning of it, by which it is known again */
  refuseOversized(stream: string, beginning: Uint8Array): void {
    this.#refuse(isDirectiveKind(stream) ? stream : 'directive', 'oversized', beginning);
  }

  #obey(kind: DirectiveKind, payload: Uint8Array): DeskRefusal | 'applied' | 'stale' {
    const { roles, registrar } = this.#ledger.settings;
    if (roles === undefined) return 'wrong-signer';
    const authority = { domain: this.#domain, m3terId: this.#link.m3terId, ...roles, registrar };
    const verified = verifyDirective(authority, kind, payload, claim => isNews(this.#ledger, claim));
    if (!verified.ok) return verified.fault;
    const directive = verified.value;
    // Before it is done: afterwards there is no name to state it in.
    if (directive.kind === 'reset') this.#handlers.onEvent('reset', detailNumber(directive.message.version));
    const outcome = this.#apply(directive);
    if (outcome === 'applied') this.#onApplied(directive);
    return outcome;
  }

  #apply(directive: Directive): Outcome {
    const handlers = this.#handlers;
    if (directive.kind === 'firmware') return handlers.takeRelease?.(directive.message) ?? 'unsupported';
    return applyDirective(this.#ledger, directive, handlers.lastReading(), this.#clock.now());
  }

  #onApplied(directive: Directive): void {
    const event = this.#eventOf(directive);
    if (event !== undefined) this.#handlers.onEvent(...event);
    this.#handlers.onApplied(directive);
  }

  /** Undefined for what is no news to anyone. */
  #eventOf({ kind, message }: Directive): [EventName, Uint8Array] | undefined {
    switch (kind) {
      case 'credit':
        return ['creditApplied', detailNumber(this.#ledger.registers.credited)];
      case 'tariff':
        return ['tariffChanged', detailNumber(message.version)];
      case 'supply':
        return ['orderChanged', detailNumber(message.version)];
      case 'policy':
        return ['policyChanged', detailNumber(message.version)];
      case 'roles':
        return ['rolesChanged', detailNumber(message.version)];
      case 'reset':
      case 'acknowledged':
      case 'firmware':
        return undefined;
    }
  }

  /** One that the broker retains comes with every connection, and is told of but once. */
  #refuse(kind: DirectiveKind | 'directive', cause: DeskRefusal, payload: Uint8Array): void {
    this.#refused[cause] = (this.#refused[cause] ?? 0) + 1;
    const time = this.#clock.monotonic();
    const digest = crc32(payload);
    if (time - this.#refusalEventAt < REFUSAL_EVENT_INTERVAL || this.#told[kind] === digest) return;
    this.#refusalEventAt = time;
    this.#told[kind] = digest;
    this.#handlers.onEvent('directiveRefused', detailText(`${kind} ${cause}`));
  }
}
