import type { Clock } from '../host';
import { EVENT_CODES, type EventContent, type EventName } from './event';

/** Events that wait to be signed; more at once are not believable, and the oldest tell most. */
const CAPACITY = 16;
/** Of these, for what may come in great numbers: the rest is for what else happens. */
const ROOM_FOR_MANY = 4;

/** What a meter is yet to state: events in the order in which they happened, and then, where one is due, a reading. */
export class Agenda {
  readonly #clock: Clock;
  readonly #onAdded: () => void;
  readonly #events: EventContent[] = [];
  /** A reading was asked for, and is not made yet. */
  isReadingDue = false;

  /** @param onAdded called with each event that is noted and each reading that is asked for */
  constructor(clock: Clock, onAdded: () => void) {
    this.#clock = clock;
    this.#onAdded = onAdded;
  }

  /** Undefined when no event waits. */
  get nextEvent(): EventContent | undefined {
    return this.#events[0];
  }

  get isEmpty(): boolean {
    return this.#events.length === 0 && !this.isReadingDue;
  }

  /** Adds what happens now. What finds sixteen waiting is forgotten. */
  note(name: EventName, detail: Uint8Array): void {
    if (this.#events.length >= CAPACITY) return;
    this.#events.push({ timestamp: this.#clock.now() ?? 0, code: EVENT_CODES[name], detail });
    this.#onAdded();
  }

  /** The same, for one of perhaps a great many: what finds four waiting is forgotten. */
  noteOneOfMany(name: EventName, detail: Uint8Array): void {
    if (this.#events.length < ROOM_FOR_MANY) this.note(name, detail);
  }

  /** The next event is stated. */
  dropEvent(): void {
    this.#events.shift();
  }

  /** There is nobody any more to state it to. */
  clear(): void {
    this.#events.length = 0;
    this.isReadingDue = false;
  }

  requestReading(): void {
    this.isReadingDue = true;
    this.#onAdded();
  }
}
