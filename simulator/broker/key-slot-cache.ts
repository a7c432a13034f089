import type { TokenSlot } from './registered-meters';

/** ms that an answer of the registry is good for. */
const FRESH = 30_000;
/** ms that somebody waits for an answer. */
const PATIENCE = 5_000;
/** ms without questions after one that failed. */
const REST = 10_000;
/** Questions that wait for their answers. */
const MOST_ASKED = 100;
/* Questions in a row, and for each second since: whoever makes up tokens is not to use up what the node grants us. */
const MOST_IN_A_ROW = 1000;
const MORE_A_SECOND = 10;
/** Tokens without a key that are remembered: anybody can make up more. */
const MOST_EMPTY = 1000;

interface Answer {
  readonly slot: TokenSlot;
  /** ms */
  readonly time: number;
}

/** What the registry has in its key slots, asked when somebody wants to know. While it cannot be asked, known keys stay. */
export class KeySlotCache {
  readonly #read: (m3terId: bigint) => Promise<TokenSlot>;
  readonly #now: () => number;
  readonly #onFailure: (error: unknown) => void;
  /** As many as the registry has keys. */
  readonly #keys = new Map<bigint, Answer>();
  readonly #empty = new Map<bigint, Answer>();
  readonly #asked = new Map<bigint, Promise<void>>();
  /** ms */
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Questions that may be asked, as of a time in ms. */
  #budget = MOST_IN_A_ROW;
  #budgetTime = 0;

  /**
   * @param read rejects when the registry cannot be asked
   * @param now ms of a clock that does not go back
   * @param onFailure called with why
   */
  constructor(
    read: (m3terId: bigint) => Promise<TokenSlot>,
    now: () => number,
    onFailure: (error: unknown) => void,
  ) {
    this.#read = read;
    this.#now = now;
    this.#onFailure = onFailure;
  }

  /** Undefined when it is not known, and the registry cannot be asked now. Never rejects. */
  async slot(m3terId: bigint): Promise<TokenSlot | undefined> {
    const known = this.#keys.get(m3terId) ?? this.#empty.get(m3terId);
    if (known === undefined || !this.#isFresh(known)) await this.#ask(m3terId);
    const empty = this.#empty.get(m3terId);
    // that there was no key is no reason to let somebody in
    return this.#keys.get(m3terId)?.slot ?? (empty && this.#isFresh(empty) ? empty.slot : undefined);
  }

  #isFresh({ time }: Answer): boolean {
    return this.#now() - time < FRESH;
  }

  /** Resolves when the answer is noted, or when there is none to wait for. */
  async #ask(m3terId: bigint): Promise<void> {
    let question = this.#asked.get(m3terId);
    if (question === undefined) {
      if (!this.#mayAsk()) return;
      question = this.#question(m3terId).finally(() => this.#asked.delete(m3terId));
      this.#asked.set(m3terId, question);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(() => {
        this.#rest();
        resolve();
      }, PATIENCE);
    });
    await Promise.race([question, late]);
    clearTimeout(timer);
  }

  #mayAsk(): boolean {
    const now = this.#now();
    if (now < this.#restsUntil || this.#asked.size >= MOST_ASKED) return false;
    const more = ((now - this.#budgetTime) / 1000) * MORE_A_SECOND;
    this.#budget = Math.min(this.#budget + more, MOST_IN_A_ROW);
    this.#budgetTime = now;
    if (this.#budget < 1) return false;
    this.#budget--;
    return true;
  }

  async #question(m3terId: bigint): Promise<void> {
    try {
      this.#note(m3terId, await this.#read(m3terId));
    } catch (error) {
      this.#rest();
      this.#onFailure(error);
    }
  }

  #rest(): void {
    this.#restsUntil = this.#now() + REST;
  }

  #note(m3terId: bigint, slot: TokenSlot): void {
    const isKey = slot !== 'none' && slot !== 'no-token';
    const [here, there] = isKey ? [this.#keys, this.#empty] : [this.#empty, this.#keys];
    there.delete(m3terId);
    here.delete(m3terId);
    here.set(m3terId, { slot, time: this.#now() });
    if (this.#empty.size <= MOST_EMPTY) return;
    const [oldest] = this.#empty.keys();
    if (oldest !== undefined) this.#empty.delete(oldest);
  }
}
