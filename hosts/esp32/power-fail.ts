import type { PowerWatch } from '../../firmware/host';
import type { PinWiring } from './board';

/** What of ECMA-419's Digital the input needs: it calls back at an edge, for the supply is gone before a look would be. */
export interface EdgePinClass {
  new (options: {
    readonly pin: number;
    readonly mode: number;
    readonly activeLow: boolean;
    readonly edge: number;
    onReadable(): void;
  }): unknown;
  readonly Input: number;
  readonly Rising: number;
}

export interface PowerFailPinOptions {
  readonly io: EdgePinClass;
  readonly wiring: PinWiring;
}

/** An output of the power supply, or a comparator before its regulator, that tells that the power fails. */
export class PowerFailPin implements PowerWatch {
  readonly #options: PowerFailPinOptions;

  constructor(options: PowerFailPinOptions) {
    this.#options = options;
  }

  start(onFailing: () => void): void {
    const { io, wiring } = this.#options;
    const { pin, activeLow } = wiring;
    // The SDK turns the edge over where low is active, and holds what has a callback.
    new io({ pin, mode: io.Input, activeLow, edge: io.Rising, onReadable: onFailing });
  }
}
