import { detailNumber, detailText, type EventName } from '../attest/event';
import type { SigningDomain } from '../attest/signing-domain';
import type { Clock } from '../host';
import type { Ledger } from '../ledger/ledger';
import type { LinkSetting } from '../ledger/state';
import { applyDirective, type Outcome } from './apply';
import { type Directive, type DirectiveKind, isDirectiveKind } from './directive';
import { type Refusal, verifyDirective } from './verify';

/** ms between two events about refusals: whoever floods the meter must not fill its log. */
const REFUSAL_EVENT_INTERVAL = 600_000;

/** `unknown`: no directive comes on such a topic. */
export type DeskRefusal = Refusal | 'unknown' | Exclude<Outcome, 'applied' | 'stale'>;

export interface DeskHandlers {
  /** Something changed, durably; the event says what. */
  onApplied(directive: Directive): void;
  onEvent(name: EventName, detail: Uint8Array): void;
  /** Sequence of the last reading that was made. */
  lastReading(): number;
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

  /** Takes a message on the topic `.../{stream}`. An empty one only clears what the broker retained. */
  receive(stream: string, payload: Uint8Array): void {
    if (payload.length === 0) return;
    const kind = isDirectiveKind(stream) ? stream : undefined;
    const refusal = kind === undefined ? 'unknown' : this.#obey(kind, payload);
    if (refusal !== undefined) this.#refuse(kind, refusal);
  }

  /** Why not, or undefined when it is done or was done before. */
  #obey(kind: DirectiveKind, payload: Uint8Array): DeskRefusal | undefined {
    const { roles } = this.#ledger.settings;
    if (roles === undefined) return 'wrong-signer';
    const authority = { domain: this.#domain, m3terId: this.#link.m3terId, ...roles };
    const verified = verifyDirective(authority, kind, payload);
    if (!verified.ok) return verified.fault;
    const now = this.#clock.now();
    const outcome = applyDirective(this.#ledger, verified.value, this.#handlers.lastReading(), now);
    if (outcome === 'applied') this.#onApplied(verified.value);
    return outcome === 'applied' || outcome === 'stale' ? undefined : outcome;
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
      case 'acknowledged':
        return undefined;
    }
  }

  #refuse(kind: DirectiveKind | undefined, cause: DeskRefusal): void {
    this.#refused[cause] = (this.#refused[cause] ?? 0) + 1;
    const time = this.#clock.monotonic();
    if (time - this.#refusalEventAt < REFUSAL_EVENT_INTERVAL) return;
    this.#refusalEventAt = time;
    this.#handlers.onEvent('directiveRefused', detailText(`${kind ?? 'directive'} ${cause}`));
  }
}
