import { BrokenPromise } from './promises';

/** What something kept on flash is known to be, and what it may be instead while a change of it is under way. */
export class KeptHistory<Value> {
  #known: Value;
  #attempted: Value;

  constructor(known: Value) {
    this.#known = known;
    this.#attempted = known;
  }

  get known(): Value {
    return this.#known;
  }

  attempt(value: Value): void {
    this.#attempted = value;
  }

  /** It was reported to be done: no power cut may take it back. */
  settle(): void {
    this.#known = this.#attempted;
  }

  /** The power failed, and this is what came back. @throws BrokenPromise */
  recover(found: Value): void {
    const text = textOf(found);
    if (text !== textOf(this.#known)) {
      if (text !== textOf(this.#attempted))
        throw new BrokenPromise('settings undone', `expected ${textOf(this.#known)}, got ${text}`);
      this.#known = this.#attempted;
    }
    this.#attempted = this.#known;
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part instanceof Uint8Array
      ? Buffer.from(part).toString('hex')
      : typeof part === 'bigint'
        ? `${part}`
        : part,
  );
}
