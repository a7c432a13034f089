import type { TamperSwitch } from '../../firmware/host';
import type { PinWiring } from './board';
import type { ButtonPin, ButtonPinClass } from './button';

export interface TamperPinOptions {
  readonly io: ButtonPinClass;
  readonly wiring: PinWiring;
}

/** A contact that tells whether the case is open; a cut wire counts as open where open is the high level. */
export class TamperPin implements TamperSwitch {
  readonly #pin: ButtonPin;

  constructor({ io, wiring: { pin, activeLow } }: TamperPinOptions) {
    // Held up in either case: a contact to ground is what such switches have.
    this.#pin = new io({ pin, mode: io.InputPullUp, activeLow });
  }

  isOpen(): boolean {
    return this.#pin.read() !== 0;
  }
}
