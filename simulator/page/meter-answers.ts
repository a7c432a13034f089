import { EVENT_CODES } from '../../firmware/attest/event';
import type { Event } from '../../firmware/attest/signed-types';
import { toHex } from '../../firmware/bytes';
import type { GivenKind } from '../gateway/gateway-account';
import { eventDetail } from './event-detail';
import type { PendingView } from './page-state';

/** A directive that was given to a meter. */
export interface GivenDirective {
  readonly version: number;
  /** Unix seconds */
  readonly at: number;
  /** The sequence of the last event of before */
  readonly after: number;
}

/** u32 */
export const LAST_VERSION = 0xffffffff;
const TAKEN: Readonly<Record<number, GivenKind>> = {
  [EVENT_CODES.orderChanged]: 'supply',
  [EVENT_CODES.tariffChanged]: 'tariff',
};

/** What a meter has answered to the directives that it was given, by its events. */
export class MeterAnswers {
  /** The sequence of the last event that was read */
  #through = 0;
  readonly #taken: Record<GivenKind, number> = { supply: 0, tariff: 0 };
  readonly #refused: Partial<Record<GivenKind, { readonly sequence: number; readonly why: string }>> = {};

  get through(): number {
    return this.#through;
  }

  /** The highest version that the meter says it has taken; 0: none. */
  taken(kind: GivenKind): number {
    return this.#taken[kind];
  }

  /** @param events after `through`, oldest first */
  read(events: Iterable<Event>): void {
    for (const event of events) {
      this.#through = event.sequence;
      this.#readOne(event);
    }
  }

  /** Undefined once the meter has taken it, or a newer one. */
  pending(kind: GivenKind, { version, at, after }: GivenDirective): PendingView | undefined {
    if (this.#taken[kind] >= version) return undefined;
    const refused = this.#refused[kind];
    return { at, ...(refused !== undefined && refused.sequence > after && { refusal: refused.why }) };
  }

  #readOne({ sequence, code, detail }: Event): void {
    const kind = TAKEN[code];
    if (kind !== undefined) {
      const version = Number(`0x${toHex(detail)}`);
      this.#taken[kind] = Math.min(LAST_VERSION, Math.max(this.#taken[kind], version));
    } else if (code === EVENT_CODES.directiveRefused) {
      const [refused, why = ''] = eventDetail('directiveRefused', detail).split(' ');
      if (refused === 'supply' || refused === 'tariff') this.#refused[refused] = { sequence, why };
    }
  }
}
