import type { Window } from '../host';
import { LONGEST_WINDOW } from './window-length';

/** Tells from windows that mains is gone: when none has counted a cycle for as long as each phase was asked in turn. */
export class MainsWatch {
  /** µs */
  readonly #patience: number;
  /** µs for which the voltage was looked at since the last cycle counted */
  #dark = 0;

  /** @param phases 1 to 3 */
  constructor(phases: number) {
    // A window without cycles may also be one in which mains went or came, or a phase that is not alone.
    this.#patience = (phases + 1) * LONGEST_WINDOW;
  }

  /** @returns whether there is no mains */
  take(window: Window): boolean {
    if (window.cycles > 0) {
      this.#dark = 0;
      return false;
    }
    this.#dark += window.duration - window.gap;
    return this.#dark >= this.#patience;
  }
}
