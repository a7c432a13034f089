import type { Clock, Timer } from '../../firmware/host';

/** What of ECMA-419's Digital the button needs. */
export interface ButtonPin {
  read(): number;
}

export interface ButtonPinClass {
  new (options: { readonly pin: number; readonly mode: number; readonly activeLow?: boolean }): ButtonPin;
  readonly Input: number;
  readonly InputPullUp: number;
}

export interface ButtonOptions {
  readonly io: ButtonPinClass;
  readonly pin: number;
  /** Pressed is low, to be held up by the chip's own resistor. True where absent. */
  readonly activeLow?: boolean;
  readonly clock: Clock;
  /** Pressed for less than `LONG_PRESS`, and let go. */
  onShortPress(): void;
  /** Pressed for `LONG_PRESS`, and still held. */
  onLongPress(): void;
}

/** ms of holding */
export const LONG_PRESS = 10_000;
/** ms between two looks; contacts bounce for some 5 ms, so two equal looks in a row are no bounce */
const POLL = 40;

/** A push button that is looked at some 25 times a second; an interrupt would ring for every bounce. */
export class Button {
  readonly #pin: ButtonPin;
  readonly #options: ButtonOptions;
  #timer: Timer;
  #lastLook = false;
  /** `monotonic` ms when the press began; undefined while the button is up. */
  #pressedAt: number | undefined;
  #isLong = false;

  constructor(options: ButtonOptions) {
    const { io, pin, activeLow = true, clock } = options;
    this.#options = options;
    this.#pin = new io({ pin, mode: activeLow ? io.InputPullUp : io.Input, activeLow });
    this.#timer = clock.after(POLL, () => this.#poll());
  }

  /** Looks no more. */
  close(): void {
    this.#timer.cancel();
  }

  #poll(): void {
    this.#timer = this.#options.clock.after(POLL, () => this.#poll());
    const isDown = this.#pin.read() !== 0;
    const isSteady = isDown === this.#lastLook;
    this.#lastLook = isDown;
    if (!isSteady) return;
    if (isDown) this.#onDown();
    else this.#onUp();
  }

  #onDown(): void {
    const now = this.#options.clock.monotonic();
    if (this.#pressedAt === undefined) {
      this.#pressedAt = now;
      this.#isLong = false;
    } else if (!this.#isLong && now - this.#pressedAt >= LONG_PRESS) {
      this.#isLong = true;
      this.#options.onLongPress();
    }
  }

  #onUp(): void {
    const isShort = this.#pressedAt !== undefined && !this.#isLong;
    this.#pressedAt = undefined;
    if (isShort) this.#options.onShortPress();
  }
}
