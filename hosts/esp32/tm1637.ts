import type { DisplayText, Screen } from './display-text';
import { sevenSegments } from './seven-segment';

/** What of ECMA-419's Digital the display needs. */
export interface Tm1637Pin {
  write(value: number): void;
}

export interface Tm1637PinClass {
  new (options: { readonly pin: number; readonly mode: number; readonly initialValue: 0 | 1 }): Tm1637Pin;
  readonly OutputOpenDrain: number;
}

export interface Tm1637Options {
  readonly io: Tm1637PinClass;
  readonly clockPin: number;
  readonly dataPin: number;
}

const PLACES = 4;
/** Datasheet, "Data command": write to the display register, the address going on by itself. */
const WRITE_DATA = 0x40;
/** "Address command": the first place. */
const FIRST_PLACE = 0xc0;
/** "Display control": on, with the least brightness but two. */
const ON = 0x8a;
const OFF = 0x80;

/**
 * Four digits of seven segments on two wires, which the display's own resistors hold up: both pins only ever pull
 * down. Its acknowledgement is clocked, not read: ECMA-419 does not read an output, and nothing else would be done
 * without it. Calls of JavaScript are slow enough for its 250 kHz.
 */
export class Tm1637 implements Screen {
  readonly #clock: Tm1637Pin;
  readonly #data: Tm1637Pin;

  constructor({ io, clockPin, dataPin }: Tm1637Options) {
    this.#clock = new io({ pin: clockPin, mode: io.OutputOpenDrain, initialValue: 1 });
    this.#data = new io({ pin: dataPin, mode: io.OutputOpenDrain, initialValue: 1 });
  }

  show({ digits }: DisplayText): void {
    this.#send(WRITE_DATA);
    this.#send(FIRST_PLACE, ...sevenSegments(digits, PLACES));
    this.#send(ON);
  }

  off(): void {
    this.#send(OFF);
  }

  #send(...bytes: readonly number[]): void {
    this.#data.write(0);
    for (const byte of bytes) this.#sendByte(byte);
    this.#clock.write(0);
    this.#data.write(0);
    this.#clock.write(1);
    this.#data.write(1);
  }

  /** Lowest bit first, then a ninth clock with the data line let go, in which the display acknowledges. */
  #sendByte(byte: number): void {
    for (let bit = 0; bit < 8; bit++) this.#clockOut((byte >> bit) & 1);
    this.#clockOut(1);
  }

  #clockOut(level: number): void {
    this.#clock.write(0);
    this.#data.write(level);
    this.#clock.write(1);
  }
}
