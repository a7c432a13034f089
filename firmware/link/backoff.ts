import type { Crypto } from '../host';

/** ms: no wait is shorter, so that a broker that refuses is not hammered. */
export const SHORTEST_WAIT = 1000;
/** ms: no wait is longer. */
export const LONGEST_WAIT = 300_000;

/**
 * How long to wait between attempts: exponential with full jitter, that is, anywhere between the shortest wait and a
 * ceiling that doubles with each failure, so that a thousand meters do not come back in one wave.
 */
export class Backoff {
  readonly #crypto: Pick<Crypto, 'random'>;
  #ceiling = SHORTEST_WAIT;

  constructor(crypto: Pick<Crypto, 'random'>) {
    this.#crypto = crypto;
  }

  /** ms to wait before the next attempt, `SHORTEST_WAIT` to `LONGEST_WAIT`. */
  next(): number {
    this.#ceiling = Math.min(2 * this.#ceiling, LONGEST_WAIT);
    const [high = 0, low = 0] = this.#crypto.random(2);
    return SHORTEST_WAIT + ((this.#ceiling - SHORTEST_WAIT) * (256 * high + low)) / 65536;
  }

  /** Begins anew, after success. */
  reset(): void {
    this.#ceiling = SHORTEST_WAIT;
  }
}
