import { detailText, type EventName } from '../attest/event';
import type { PhaseMeasurement, RelayDriver } from '../host';
import { ContactCheck } from './contact-check';
import { ContactWatch } from './contact-watch';
import type { MemoryKeeper } from './memory-keeper';

/** An event that is to be told. @param detail as `EVENT_CODES` says */
export type Note = (name: EventName, detail: Uint8Array) => void;

/**
 * Drives the relay, counts how often, and watches whether its contact does as it is told. It is left alone until the
 * first command: one that latches must not blink at a restart.
 */
export class Contactor {
  readonly #relay: RelayDriver;
  readonly #memory: MemoryKeeper;
  readonly #limits: readonly number[];
  readonly #note: Note;
  readonly #check: ContactCheck;
  /** Since it was told to open. */
  #watch: ContactWatch | undefined;
  #isClosed: boolean | undefined;

  /** @param limits W and var, for each phase: below which no current is believed to flow through an open contact */
  constructor(relay: RelayDriver, memory: MemoryKeeper, limits: readonly number[], note: Note) {
    this.#relay = relay;
    this.#memory = memory;
    this.#limits = limits;
    this.#note = note;
    this.#check = new ContactCheck(relay);
  }

  /** What it was told last; before that what it reads back, and open where nothing is wired to tell. */
  get isClosed(): boolean {
    return this.#isClosed ?? this.#relay.isClosed?.() === true;
  }

  /** The contact is not as it was told, or lets current through though it is open. */
  get isFaulty(): boolean {
    return this.#check.isOtherwise || this.#watch?.isFound === true;
  }

  /** True when that changes something. @param time ms, monotonic */
  move(isClosed: boolean, time: number): boolean {
    const isChange = this.isClosed !== isClosed;
    if (!isChange && this.#isClosed !== undefined) return false;
    this.#isClosed = isClosed;
    if (isClosed) this.#relay.close();
    else this.#relay.open();
    this.#check.expect(time);
    this.#watch = isClosed ? undefined : new ContactWatch(this.#limits, time);
    if (isChange) this.#memory.set('switchings', this.#memory.now.switchings + 1);
    return isChange;
  }

  /** Takes what flows. @param time ms, monotonic */
  watch(phases: readonly PhaseMeasurement[], time: number): void {
    const current = this.#watch?.take(phases, time);
    if (current !== undefined) this.#note('currentWhileOpen', detailText(current));
    const isClosed = this.#isClosed;
    if (isClosed !== undefined && this.#check.take(isClosed, time))
      this.#note('relayMismatch', detailText(isClosed ? 'open' : 'closed'));
  }
}
