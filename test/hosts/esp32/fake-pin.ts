/** A Digital of ECMA-419 as the SDK has it: `activeLow` turns what is written and read over, outputs cannot be read. */
export class FakePin {
  static readonly Input = 0;
  static readonly InputPullUp = 1;
  static readonly Rising = 1;
  static readonly Output = 8;
  static readonly OutputOpenDrain = 9;
  /** By pin number, the last that was made. */
  static readonly #made = new Map<number, FakePin>();

  readonly options: {
    readonly pin: number;
    readonly mode: number;
    readonly activeLow?: boolean;
    readonly initialValue?: number;
    readonly edge?: number;
    onReadable?(): void;
  };
  /** Called after each write with the level at the pin. */
  onLevel: (level: number) => void = () => {};
  /** At the pin, 0 or 1. */
  level: number;

  constructor(options: FakePin['options']) {
    this.options = options;
    const isPulledUp = options.mode === FakePin.InputPullUp;
    this.level = isPulledUp ? 1 : this.#turned(options.initialValue ?? 0);
    FakePin.#made.set(options.pin, this);
  }

  static at(pin: number): FakePin {
    const made = FakePin.#made.get(pin);
    if (made === undefined) throw new Error(`expected pin ${pin} to be in use`);
    return made;
  }

  read(): number {
    if (this.options.mode >= FakePin.Output) throw new Error("can't read output");
    return this.#turned(this.level);
  }

  write(value: number): void {
    if (this.options.mode < FakePin.Output) throw new Error("can't write input");
    this.level = this.#turned(value);
    this.onLevel(this.level);
  }

  #turned(value: number): number {
    return this.options.activeLow ? 1 - value : value;
  }
}
