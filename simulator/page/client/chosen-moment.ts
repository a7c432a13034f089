/** The moment of the past that somebody looks at, in the charts and the events alike; a store for React. */
export class ChosenMoment {
  readonly #listeners = new Set<() => void>();
  #time: number | undefined;

  /** Unix seconds; undefined: what is now */
  readonly get = (): number | undefined => this.#time;

  readonly choose = (time: number | undefined): void => {
    if (time === this.#time) return;
    this.#time = time;
    for (const listener of this.#listeners) listener();
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
