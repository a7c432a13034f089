/** A promise of a campaign that was not kept: which one, and what was expected and found. */
export class BrokenPromise<Breach extends string> extends Error {
  readonly breach: Breach;

  constructor(breach: Breach, message: string) {
    super(message);
    this.name = 'BrokenPromise';
    this.breach = breach;
  }
}
