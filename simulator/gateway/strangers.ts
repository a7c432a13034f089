import type { Address } from 'viem';
import type { Chain } from '../chain/chain';
import { type KeySlot, readKeySlot } from './key-slots';

/** Messages of a token that wait until its device is known. */
const MOST_HELD = 64;
/** Tokens without a known device of which messages are held: anybody can make up more. Those without a key make room. */
const MOST_TOKENS = 1000;

export interface Held {
  readonly stream: string;
  readonly payload: Uint8Array;
  readonly isAgain: boolean;
}

interface Stranger {
  readonly held: Held[];
  /** The registry is being asked. */
  asking: Promise<void> | undefined;
  /** It has answered that there is no key. */
  isEmpty: boolean;
}

/**
 * Tokens that we have heard of and whose device we do not know, with what they have said. It is not on the disk: readings
 * come again as long as they are not acknowledged.
 */
export class Strangers {
  readonly #chain: Chain;
  readonly #registry: Address;
  readonly #onSlot: (m3terId: bigint, slot: KeySlot, held: readonly Held[]) => void;
  readonly #strangers = new Map<bigint, Stranger>();
  /** One question at a time: whoever floods us is not to use up what the node answers. */
  #asking: Promise<void> = Promise.resolve();

  /** @param onSlot called with what the registry says, and all that was held where that is a device */
  constructor(
    chain: Chain,
    registry: Address,
    onSlot: (m3terId: bigint, slot: KeySlot, held: readonly Held[]) => void,
  ) {
    this.#chain = chain;
    this.#registry = registry;
    this.#onSlot = onSlot;
  }

  /** @returns false when it was dropped */
  hold(m3terId: bigint, message: Held): boolean {
    const stranger = this.#stranger(m3terId);
    if (stranger === undefined || stranger.held.length >= MOST_HELD) return false;
    stranger.held.push(message);
    return true;
  }

  /** Asks the registry about a token unless it has said that there is no key. @throws viem's error when the node fails */
  async ask(m3terId: bigint): Promise<void> {
    const stranger = this.#stranger(m3terId);
    if (stranger === undefined || stranger.isEmpty) return;
    stranger.asking ??= this.#askNext(m3terId, stranger).finally(() => {
      stranger.asking = undefined;
    });
    await stranger.asking;
  }

  /** Asks about all of whom no answer came. @throws viem's error when the node fails */
  async askAgain(): Promise<void> {
    for (const m3terId of [...this.#strangers.keys()]) await this.ask(m3terId);
  }

  /** The registry has another key for this token than it had. */
  forgetAnswer(m3terId: bigint): void {
    const stranger = this.#strangers.get(m3terId);
    if (stranger !== undefined) stranger.isEmpty = false;
  }

  #askNext(m3terId: bigint, stranger: Stranger): Promise<void> {
    const asked = this.#asking.then(() => this.#ask(m3terId, stranger));
    this.#asking = asked.catch(() => undefined);
    return asked;
  }

  async #ask(m3terId: bigint, stranger: Stranger): Promise<void> {
    const slot = await readKeySlot(this.#chain, this.#registry, m3terId);
    if (typeof slot === 'object') {
      this.#strangers.delete(m3terId);
      this.#onSlot(m3terId, slot, stranger.held);
      return;
    }
    stranger.isEmpty = true;
    this.#onSlot(m3terId, slot, []);
  }

  #stranger(m3terId: bigint): Stranger | undefined {
    const known = this.#strangers.get(m3terId);
    if (known !== undefined || !this.#makeRoom()) return known;
    const stranger: Stranger = { held: [], asking: undefined, isEmpty: false };
    this.#strangers.set(m3terId, stranger);
    return stranger;
  }

  /** @returns false when all are still being asked for */
  #makeRoom(): boolean {
    if (this.#strangers.size < MOST_TOKENS) return true;
    for (const [m3terId, { isEmpty }] of this.#strangers) if (isEmpty) return this.#strangers.delete(m3terId);
    return false;
  }
}
