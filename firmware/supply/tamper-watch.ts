import type { TamperSwitch } from '../host';

/** ms that the case must be closed: a contact that rattles tells of one opening and not of hundreds */
const CLOSED = 10_000;

/** Watches whether the case is open: at once, and closed again when it has been for a while. */
export class TamperWatch {
  isOpen = false;
  readonly #switch: TamperSwitch;
  /** ms, monotonic */
  #openedAt = 0;

  constructor(tamper: TamperSwitch) {
    this.#switch = tamper;
  }

  /** True when it was opened or closed. @param time ms, monotonic */
  look(time: number): boolean {
    const isOpen = this.#switch.isOpen();
    if (isOpen) this.#openedAt = time;
    if (isOpen === this.isOpen || (!isOpen && time - this.#openedAt < CLOSED)) return false;
    this.isOpen = isOpen;
    return true;
  }
}
