import type { RelayDriver } from '../host';

/** ms from a command until the contact has followed it */
const MOVING = 1000;
/** ms that it must then be otherwise */
const OTHERWISE = 2000;
/** ms between two looks */
const LOOK_INTERVAL = 1000;

/** Compares what the relay's contact does, where something is wired to tell, with what it was told. */
export class ContactCheck {
  /** The contact is not as it was told. */
  isOtherwise = false;
  readonly #relay: RelayDriver;
  /** It is told of once after each command. */
  #isTold = false;
  /** ms, monotonic */
  #nextLook = 0;
  #since: number | undefined;

  constructor(relay: RelayDriver) {
    this.#relay = relay;
  }

  /** The relay was told to move. */
  expect(time: number): void {
    this.isOtherwise = false;
    this.#isTold = false;
    this.#since = undefined;
    this.#nextLook = time + MOVING;
  }

  /**
   * True when there is to be told that the contact is otherwise.
   * @param isClosed what it was told to be
   * @param time ms, monotonic
   */
  take(isClosed: boolean, time: number): boolean {
    if (time < this.#nextLook) return false;
    this.#nextLook = time + LOOK_INTERVAL;
    if ((this.#relay.isClosed?.() ?? isClosed) === isClosed) {
      this.#since = undefined;
      this.isOtherwise = false;
      return false;
    }
    this.#since ??= time;
    if (time - this.#since < OTHERWISE) return false;
    this.isOtherwise = true;
    const isNews = !this.#isTold;
    this.#isTold = true;
    return isNews;
  }
}
