type Listener = (argument: unknown) => void;

/** The part of Node's EventEmitter that mqtt-packet uses. In place of the module `events` where there is no Node. */
export class EventEmitter {
  readonly #listeners = new Map<string, Listener>();

  /** One listener for each event is enough. */
  on(event: string, listener: Listener): void {
    this.#listeners.set(event, listener);
  }

  /** @throws the argument of an `error` that nobody listens to */
  emit(event: string, argument: unknown): void {
    const listener = this.#listeners.get(event);
    if (listener !== undefined) listener(argument);
    else if (event === 'error') throw argument;
  }
}
