import type { Prng } from '../../hosts/mock/prng';

/** A place of the firmware that takes what comes from outside. */
export interface Target {
  /** An input: of the generator's numbers and nothing else. */
  draw(prng: Prng): Uint8Array;
  /**
   * Lets the firmware have it. One input leaves nothing behind that another one could meet.
   * @throws BrokenPromise when it was not taken as was promised; whatever else is thrown has got past the stage
   */
  take(input: Uint8Array): void;
}
