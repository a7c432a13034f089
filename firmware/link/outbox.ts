import type { Clock } from '../host';
import type { EntryKind, EntryLog, LogEntry } from './log';

/**
 * ms without any progress after which what is not settled is sent again, though the connection held. Twice as long
 * each time that this was in vain, up to a day: a long backlog is not to be sent to nobody every hour.
 */
const RESEND_AFTER = 3_600_000;
const RESEND_AFTER_MOST = 24 * RESEND_AFTER;

export interface OutboxHandlers {
  /**
   * Puts an entry on the wire; `onAnswered` when the broker has taken or refused it (PUBACK).
   * @returns false when there is no room now: `pump` is called again when there is
   */
  send(kind: EntryKind, entry: LogEntry, onAnswered: (isAccepted: boolean) => void): boolean;
  /** The last entry of this kind that needs no sending again. */
  settled(kind: EntryKind): number;
  /** The broker has every event up to this one. */
  onEventsDelivered(sequence: number): void;
}

/** Sends what the log holds beyond what is settled: in order, again after each reconnection, until it is. */
export class Outbox {
  readonly #clock: Clock;
  readonly #lanes: { readonly [kind in EntryKind]: Lane };
  #isOpen = false;

  constructor(clock: Clock, log: EntryLog, handlers: OutboxHandlers) {
    this.#clock = clock;
    this.#lanes = { reading: new Lane('reading', log, handlers), event: new Lane('event', log, handlers) };
  }

  /** The connection is there: whatever is not settled goes out, from the oldest on. */
  open(): void {
    this.#isOpen = true;
    for (const lane of this.#all()) lane.rewind(this.#clock.monotonic());
    this.pump();
  }

  /** The connection is gone, and with it every PUBACK that was still to come. */
  close(): void {
    this.#isOpen = false;
  }

  /** Sends as much as there is room for. Called whenever an entry was added or room was made. */
  pump(): void {
    if (!this.#isOpen) return;
    const time = this.#clock.monotonic();
    for (const lane of this.#all()) lane.pump(time);
  }

  #all(): Lane[] {
    return [this.#lanes.event, this.#lanes.reading];
  }
}

/** The entries of one kind on their way. */
class Lane {
  readonly #kind: EntryKind;
  readonly #log: EntryLog;
  readonly #handlers: OutboxHandlers;
  #entries: Iterator<LogEntry, void, void> | undefined;
  /** Taken from the log, and not sent for want of room. */
  #held: LogEntry | undefined;
  #sent = 0;
  /** What was settled at the last look. */
  #settled = 0;
  /** When something was settled last, or sent while all was; `monotonic` ms */
  #waitingSince = 0;
  #resendAfter = RESEND_AFTER;
  /** A PUBACK for an entry that was sent before the last rewind is of no interest. */
  #round = 0;
  /** The broker refused an entry of this round: it and those behind it count as delivered in none but a later one. */
  #isRefused = false;

  constructor(kind: EntryKind, log: EntryLog, handlers: OutboxHandlers) {
    this.#kind = kind;
    this.#log = log;
    this.#handlers = handlers;
  }

  rewind(time: number): void {
    this.#entries = undefined;
    this.#held = undefined;
    this.#sent = this.#handlers.settled(this.#kind);
    this.#waitingSince = time;
    this.#isRefused = false;
    this.#round++;
  }

  pump(time: number): void {
    if (this.#isOverdue(time)) {
      this.rewind(time);
      this.#resendAfter = Math.min(2 * this.#resendAfter, RESEND_AFTER_MOST);
    }
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      const { sequence } = entry;
      const round = this.#round;
      const sent = this.#handlers.send(this.#kind, entry, isAccepted => {
        if (round === this.#round) this.#onAnswered(sequence, isAccepted);
      });
      this.#held = sent ? undefined : entry;
      if (!sent) return;
      this.#sent = sequence;
    }
  }

  #isOverdue(time: number): boolean {
    const settled = this.#handlers.settled(this.#kind);
    const isWaiting = settled < this.#sent && settled === this.#settled;
    if (!isWaiting) this.#waitingSince = time;
    if (settled !== this.#settled) this.#resendAfter = RESEND_AFTER;
    this.#settled = settled;
    return time - this.#waitingSince >= this.#resendAfter;
  }

  #next(): LogEntry | undefined {
    if (this.#held !== undefined) return this.#held;
    if (this.#sent >= this.#log.head(this.#kind).sequence) return undefined;
    this.#entries ??= this.#log.entries(this.#kind, this.#sent + 1);
    const next = this.#entries.next();
    if (!next.done) return next.value;
    this.#entries = undefined;
    return undefined;
  }

  #onAnswered(sequence: number, isAccepted: boolean): void {
    this.#isRefused ||= !isAccepted;
    if (this.#kind === 'event' && !this.#isRefused) this.#handlers.onEventsDelivered(sequence);
  }
}
