import test from 'ava';
import { sevenSegments } from '../../../hosts/esp32/seven-segment';
import { Tm1637 } from '../../../hosts/esp32/tm1637';
import { FakePin } from './fake-pin';

/** The display as its datasheet has it, on two lines that it too can pull down. */
class Tm1637Model {
  readonly segments = new Uint8Array(6);
  control = 0;
  faults = 0;
  #clock = 1;
  #data = 1;
  #bits: number[] = [];
  #bytes: number[] | undefined;

  constructor(clock: FakePin, data: FakePin) {
    clock.onLevel = level => this.#onClock(level);
    data.onLevel = level => this.#onData(level);
  }

  #onClock(level: number): void {
    if (level === 1 && this.#clock === 0 && this.#bytes !== undefined) this.#bits.push(this.#data);
    this.#clock = level;
    if (this.#bits.length < 9) return;
    // The ninth is the display's own: whoever pulls the line down then fights it.
    if (this.#bits[8] !== 1) this.faults++;
    this.#bytes?.push(this.#bits.slice(0, 8).reduce((byte, bit, k) => byte | (bit << k), 0));
    this.#bits = [];
  }

  #onData(level: number): void {
    const isEdge = level !== this.#data;
    this.#data = level;
    if (!isEdge || this.#clock === 0) return;
    if (level === 0) this.#bytes = [];
    else this.#obey();
  }

  #obey(): void {
    // The clock of the stop condition itself has put in one bit.
    if (this.#bits.length !== 1) this.faults++;
    const [command = 0, ...values] = this.#bytes ?? [];
    if ((command & 0xc0) === 0xc0) this.segments.set(values, command & 7);
    else if ((command & 0xc0) === 0x80) this.control = command;
    else if (command !== 0x40) this.faults++;
    this.#bytes = undefined;
    this.#bits = [];
  }
}

function fresh() {
  const display = new Tm1637({ io: FakePin, clockPin: 18, dataPin: 19 });
  return { display, model: new Tm1637Model(FakePin.at(18), FakePin.at(19)) };
}

const textOf = (digits: string) => ({ title: '', big: '', lines: [], digits });

test('what is shown is what the display lights', t => {
  const { display, model } = fresh();
  for (const digits of ['12.34', '-1.23', '----', 'PAY', 'noId', '9999']) {
    display.show(textOf(digits));
    t.deepEqual(model.segments.subarray(0, 4), sevenSegments(digits, 4), digits);
    t.true((model.control & 0xf8) === 0x88);
  }
  t.is(model.faults, 0);
});

test('off is dark, and what is shown next is lit again', t => {
  const { display, model } = fresh();
  display.show(textOf('1.00'));
  display.off();
  t.is(model.control, 0x80);
  display.show(textOf('1.00'));
  t.is(model.control & 0x88, 0x88);
  t.is(model.faults, 0);
});

test('both lines only ever pull down, and rest high', t => {
  const { display } = fresh();
  display.show(textOf('8.8.8.8.'));
  for (const pin of [FakePin.at(18), FakePin.at(19)]) {
    t.is(pin.options.mode, FakePin.OutputOpenDrain);
    t.is(pin.level, 1);
  }
});

test('seven segments have a shape for every digit, stand at the right, and carry points', t => {
  t.deepEqual([...sevenSegments('1.5', 4)], [0, 0, 0x86, 0x6d]);
  const shapes = new Set([...'0123456789- '].map(character => sevenSegments(character, 1)[0]));
  t.is(shapes.size, 12);
  t.throws(() => sevenSegments('12345', 4), {
    instanceOf: RangeError,
    message: /at most 4 places, got 12345/,
  });
});
