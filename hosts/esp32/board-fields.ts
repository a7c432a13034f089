/** A JSON object of the board's description, read field by field; what is wrong is told in one line that names it. */
export class BoardFields {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param path as a person would write it, `board.relay`
   * @param known the fields that there may be: a misspelt one would else be silently left out
   * @throws Error when it is no object, or has a field that is not known
   */
  constructor(path: string, value: unknown, known: readonly string[]) {
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error(expected(path, `an object of ${known.join(', ')}`, value));
    this.#fields = value as Record<string, unknown>;
    const stranger = Object.keys(this.#fields).find(name => !known.includes(name));
    if (stranger !== undefined) throw new Error(expected(path, `only ${known.join(', ')}`, stranger));
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** @throws Error */
  object(name: string, known: readonly string[]): BoardFields {
    return new BoardFields(`${this.#path}.${name}`, this.#fields[name], known);
  }

  /** @throws Error when it is no list of `least` to `greatest` objects */
  objects(
    name: string,
    known: readonly string[],
    [least, greatest]: readonly [number, number],
  ): BoardFields[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || value.length < least || value.length > greatest)
      throw this.fault(name, `a list of ${least} to ${greatest} objects`);
    return value.map((item, k) => new BoardFields(`${this.#path}.${name}[${k}]`, item, known));
  }

  /** @throws Error */
  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string' || value === '') throw this.fault(name, 'a text');
    return value;
  }

  /** @throws Error */
  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const choice = choices.find(each => each === this.#fields[name]);
    if (choice === undefined) throw this.fault(name, choices.map(each => `"${each}"`).join(' or '));
    return choice;
  }

  /** False where absent. @throws Error */
  flag(name: string): boolean {
    const value = this.#fields[name] ?? false;
    if (typeof value !== 'boolean') throw this.fault(name, 'true or false');
    return value;
  }

  /** @throws Error */
  integer(name: string, what: string, [least, greatest]: readonly [number, number]): number {
    const value = this.#fields[name];
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > greatest)
      throw this.fault(name, what);
    return value as number;
  }

  /**
   * A list without doubles.
   * @param counts how many there may be, at least and at most
   * @throws Error
   */
  integers(
    name: string,
    what: string,
    counts: readonly [number, number],
    [least, greatest]: readonly [number, number],
  ): readonly number[] {
    const value = this.#fields[name];
    const isRight =
      Array.isArray(value) &&
      value.length >= counts[0] &&
      value.length <= counts[1] &&
      value.every((item, k) => Number.isInteger(item) && value.indexOf(item) === k) &&
      value.every(item => item >= least && item <= greatest);
    if (!isRight) throw this.fault(name, `a list of ${counts[0]} to ${counts[1]} ${what}`);
    return value;
  }

  /** @param otherwise what an absent field means; where undefined it must be there. @throws Error */
  number(name: string, [least, greatest]: readonly [number, number], otherwise?: number): number {
    const value = this.#fields[name] ?? otherwise;
    if (typeof value !== 'number' || !(value >= least && value <= greatest))
      throw this.fault(name, `a number of ${least} to ${greatest}`);
    return value;
  }

  /** What is wrong with a field. */
  fault(name: string, what: string): Error {
    return new Error(expected(`${this.#path}.${name}`, what, this.#fields[name]));
  }
}

function expected(path: string, what: string, got: unknown): string {
  return `${path}: expected ${what}, got ${JSON.stringify(got) ?? 'nothing'}`;
}
