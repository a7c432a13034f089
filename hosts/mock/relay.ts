import type { RelayDriver } from '../../firmware/host';

/** A relay that falls open without power, as a non-latching one does, and tells what it does. */
export class MockRelay implements RelayDriver {
  readonly #onChange: (closed: boolean) => void;
  #closed = false;

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

  #set(closed: boolean): void {
    if (closed === this.#closed) return;
    this.#closed = closed;
    this.#onChange(closed);
  }
}
