import type { Clock, Timer } from '../host';

/** `isAccepted` false: the broker has the message and refuses it (not authorised, over quota). */
export type OnAcknowledged = (isAccepted: boolean) => void;

interface Message {
  /** monotonic ms */
  readonly since: number;
  readonly onAcknowledged: OnAcknowledged | undefined;
}

/** The QoS 1 messages sent and not yet acknowledged, and the packet identifiers. */
export class InFlightWindow {
  readonly #clock: Clock;
  readonly #patience: number;
  readonly #onTimeout: () => void;
  /** By packet identifier, oldest first. */
  readonly #messages = new Map<number, Message>();
  #timer: Timer | undefined;
  #lastId = 0;
  /** Messages that may be under way at a time. */
  limit: number;

  /** @param patience ms that a message may wait before `onTimeout` */
  constructor(clock: Clock, limit: number, patience: number, onTimeout: () => void) {
    this.#clock = clock;
    this.limit = limit;
    this.#patience = patience;
    this.#onTimeout = onTimeout;
  }

  get isFull(): boolean {
    return this.#messages.size >= this.limit;
  }

  /** A packet identifier that is not in use, 1 to 65535. */
  nextId(): number {
    do this.#lastId = (this.#lastId % 65535) + 1;
    while (this.#messages.has(this.#lastId));
    return this.#lastId;
  }

  add(id: number, onAcknowledged: OnAcknowledged | undefined): void {
    this.#messages.set(id, { since: this.#clock.monotonic(), onAcknowledged });
    this.#timer ??= this.#clock.after(this.#patience, () => this.#checkOldest());
  }

  /** An acknowledgement of what is not under way is passed over: one sent twice harms nobody. */
  acknowledge(id: number, isAccepted: boolean): void {
    const message = this.#messages.get(id);
    if (message === undefined) return;
    this.#messages.delete(id);
    if (this.#messages.size === 0) this.clear();
    message.onAcknowledged?.(isAccepted);
  }

  /** Forgets all messages. */
  clear(): void {
    this.#messages.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #checkOldest(): void {
    this.#timer = undefined;
    const [oldest] = this.#messages.values();
    if (oldest === undefined) return;
    const left = oldest.since + this.#patience - this.#clock.monotonic();
    if (left <= 0) this.#onTimeout();
    else this.#timer = this.#clock.after(left, () => this.#checkOldest());
  }
}
