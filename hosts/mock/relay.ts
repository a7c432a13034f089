import type { RelayDriver } from '../../firmware/host';

/** A relay that falls open without power, as a non-latching one does, and tells what it does. */
export class MockRelay implements RelayDriver {
  readonly #onChange: (closed: boolean) => void;
  #closed = false;
  #isWelded = false;
  /** What it was told to do last. */
  #told = false;

  constructor(onChange: (closed: boolean) => void = () => {}) {
    this.#onChange = onChange;
  }

  close(): void {
    this.#set(true);
  }

  open(): void {
    this.#set(false);
  }

  isClosed(): boolean {
    return this.#closed;
  }

  get isWelded(): boolean {
    return this.#isWelded;
  }

  /** Its contacts, closed now, stay so whatever it is told; freed, they are as it was told last. */
  setWelded(welded: boolean): void {
    this.#isWelded = welded;
    this.#set(this.#told);
  }

  #set(told: boolean): void {
    this.#told = told;
    const closed = told || this.#isWelded;
    if (closed === this.#closed) return;
    this.#closed = closed;
    this.#onChange(closed);
  }
}
