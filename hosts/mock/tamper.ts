import type { TamperSwitch } from '../../firmware/host';

/** A case that somebody opens and closes. */
export class MockTamperSwitch implements TamperSwitch {
  #open = false;

  isOpen(): boolean {
    return this.#open;
  }

  setOpen(open: boolean): void {
    this.#open = open;
  }
}
