import type { Prng } from '../../hosts/mock/prng';

/** What befalls packets between a meter and its broker, and the connections that carry them. */
export interface Weather {
  /** ms that a packet takes at most, each way; half of it at least */
  readonly latency: number;
  /** Of a PUBLISH with QoS 1, that it comes twice */
  readonly duplicate: number;
  /** Of a PUBACK, that it never comes */
  readonly loseAnswer: number;
  /** Of a PUBACK, that it comes late, behind others */
  readonly delayAnswer: number;
  /** Of a message to the meter, that it comes late, behind others */
  readonly holdBack: number;
  /** Of a message to the meter, that an earlier one comes along with it once more */
  readonly replay: number;
  /** ms that a connection lasts, on average */
  readonly lifetime: number;
  /** Of a connection that ends, that neither side is told */
  readonly stall: number;
}

export const CALM: Weather = {
  ...{ latency: 0, duplicate: 0, loseAnswer: 0, delayAnswer: 0, holdBack: 0, replay: 0 },
  ...{ lifetime: Number.POSITIVE_INFINITY, stall: 0 },
};

const HOUR = 3_600_000;

export const STORM: Weather = {
  ...{ latency: 400, duplicate: 0.05, loseAnswer: 0.01, delayAnswer: 0.1, holdBack: 0.2, replay: 0.1 },
  ...{ lifetime: HOUR, stall: 0.3 },
};

/** Draws of one seed, each purpose with a generator of its own. */
export class Fate {
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Whether it comes about, with this probability. */
  happens(probability: number): boolean {
    return this.#prng.uniform() < probability;
  }

  /** A whole number of 0 to below `limit` */
  below(limit: number): number {
    return Math.floor(this.#prng.uniform() * limit);
  }

  /** From `least` up to `most` */
  between(least: number, most: number): number {
    return least + (most - least) * this.#prng.uniform();
  }

  /** Until the next of what happens so often on average, at any time alike; whole, 1 at least */
  wait(mean: number): number {
    return Math.ceil(-mean * Math.log(1 - this.#prng.uniform())) + 1;
  }

  one<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.below(choices.length)] as Choice;
  }
}
