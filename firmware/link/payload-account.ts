import type { MilliwattHours } from '../energy';
import type { Ledger } from '../ledger/ledger';
import { decodePayload, encodePayload, type PayloadRecord } from '../ledger/payload-record';
import type { LinkSetting } from '../ledger/state';

/** mWh: a payload has 32 bits for it; what is more is left to the next. */
const MOST_ENERGY = 2 ** 32 - 1;

/**
 * Which energy goes with which nonce. A payload is on flash before anybody can send it, and the registers before that: so
 * no power cut brings forth another energy for the same nonce, or one that was never imported.
 */
export class PayloadAccount {
  readonly #ledger: Ledger;
  #last: PayloadRecord;

  private constructor(ledger: Ledger, last: PayloadRecord) {
    this.#ledger = ledger;
    this.#last = last;
  }

  /** Undefined when what is kept cannot be read: to begin anew would state the same energy twice. */
  static open(ledger: Ledger, { chainId, m3terId }: LinkSetting): PayloadAccount | undefined {
    const kept = ledger.payload.length === 0 ? undefined : decodePayload(ledger.payload);
    if (kept?.ok === false) return undefined;
    const last = kept?.value;
    if (last?.chainId === chainId && last.m3terId === m3terId) return new PayloadAccount(ledger, last);
    // What was imported in a former name is none of this one's.
    const isFirstName = last === undefined && ledger.settings.resetVersion === 0;
    const covered = isFirstName ? 0 : ledger.registers.imported;
    const none = { nonce: 0, energy: 0 as MilliwattHours, covered: covered as MilliwattHours };
    const first = { chainId, m3terId, ...none };
    return ledger.save() && ledger.keepPayload(encodePayload(first))
      ? new PayloadAccount(ledger, first)
      : undefined;
  }

  /** Nonce 0 before the first. */
  get last(): PayloadRecord {
    return this.#last;
  }

  /** Makes the next payload, durably; undefined when there is nothing to state, or the flash failed. */
  makeNext(): PayloadRecord | undefined {
    const { nonce, covered } = this.#last;
    const energy = Math.min(this.#ledger.registers.imported - covered, MOST_ENERGY) as MilliwattHours;
    if (energy <= 0 || !this.#ledger.save()) return undefined;
    const next = {
      ...this.#last,
      nonce: nonce + 1,
      energy,
      covered: (covered + energy) as MilliwattHours,
    };
    if (!this.#ledger.keepPayload(encodePayload(next))) return undefined;
    this.#last = next;
    return next;
  }
}
