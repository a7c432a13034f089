import type { Crypto } from '../host';

/**
 * How long supply still waits though nothing speaks against it: for the shortest time off, which spares compressors and
 * contacts, and after a blackout for a time of its own, so that a whole village does not come back at once.
 */
export class ReconnectDelay {
  /** ms, monotonic, until which it waits */
  until = 0;
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** @param shortest ms from `time` on */
  wait(shortest: number, time: number): void {
    this.until = Math.max(this.until, time + shortest);
  }

  /** Draws when its turn comes, uniformly. @param longest ms from `time` on */
  waitTurn(longest: number, time: number): void {
    if (longest === 0) return;
    const [a = 0, b = 0, c = 0] = this.#crypto.random(3);
    this.wait(((a * 65536 + b * 256 + c) / 2 ** 24) * longest, time);
  }
}
