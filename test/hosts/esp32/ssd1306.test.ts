import test from 'ava';
import { encode } from 'uqr';
import type { DisplayText } from '../../../hosts/esp32/display-text';
import { type I2cAddress, type I2cClass, Ssd1306 } from '../../../hosts/esp32/ssd1306';
import { VirtualClock } from '../../../hosts/mock/clock';

/** Commands that have arguments, and how many (datasheet, table 9). */
const ARGUMENTS: Readonly<Record<number, number>> = {
  32: 1,
  129: 1,
  141: 1,
  168: 1,
  211: 1,
  213: 1,
  217: 1,
  218: 1,
  219: 1,
};

/** The display at the far end of the bus; what is in its memory when it gets power is noise. */
class Ssd1306Model {
  readonly memory = new Uint8Array(1024).fill(0xa5);
  isLit = false;
  isPlugged = true;
  pages = 0;
  open = 0;
  attempts = 0;
  #page = 0;
  #column = 0;

  readonly io: I2cClass = (() => {
    const model = this;
    return class {
      constructor(options: I2cAddress & { readonly hz: number }) {
        model.attempts++;
        if (options.address !== 0x3c || options.hz > 400_000) throw new Error('invalid');
        if (model.open > 0) throw new Error('duplicate address');
        model.open++;
      }
      write(bytes: Uint8Array) {
        model.take(bytes);
      }
      close() {
        model.open--;
      }
    };
  })();

  unplug(): void {
    this.isPlugged = false;
    this.isLit = false;
    this.memory.fill(0xa5);
  }

  take([control, ...bytes]: Uint8Array): void {
    if (!this.isPlugged) throw new Error('write failed');
    if (control === 0x40) this.#store(bytes);
    else this.#obey(bytes);
  }

  /** What is lit, a character for two pixels of height. */
  picture(): string {
    const lit = (x: number, y: number) => ((this.memory[128 * (y >> 3) + x] as number) >> (y & 7)) & 1;
    const rows = Array.from({ length: 32 }, (_, y) =>
      Array.from({ length: 128 }, (_, x) => ' ▀▄█'.charAt(lit(x, 2 * y) + 2 * lit(x, 2 * y + 1)))
        .join('')
        .trimEnd(),
    );
    return rows.join('\n').trimEnd();
  }

  #store(bytes: readonly number[]): void {
    this.pages++;
    for (const byte of bytes) this.memory[128 * this.#page + this.#column++] = byte;
  }

  #obey(bytes: readonly number[]): void {
    for (let k = 0; k < bytes.length; k += 1 + (ARGUMENTS[bytes[k] as number] ?? 0)) {
      const command = bytes[k] as number;
      if (command >= 0xb0 && command <= 0xb7) this.#page = command & 7;
      else if (command < 0x10) this.#column = (this.#column & 0xf0) | command;
      else if (command < 0x20) this.#column = (this.#column & 0x0f) | ((command & 15) << 4);
      else if (command >= 0xae && command <= 0xaf) this.isLit = command === 0xaf;
    }
  }
}

const text: DisplayText = { title: 'Balance kWh', big: '12.34', lines: ['Supply on'], digits: '12.34' };

const PICTURE = `
█▀▀▀▄        ▀█                                 █     █   █ █
█▄▄▄▀  ▀▀▀▄   █    ▀▀▀▄ █▄▀▀▄ ▄▀▀▀  ▄▀▀▀▄       █ ▄▀  █ ▄ █ █▄▀▀▄
█   █ ▄▀▀▀█   █   ▄▀▀▀█ █   █ █   ▄ █▀▀▀▀       █▀▄   █ █ █ █   █
▀▀▀▀   ▀▀▀▀  ▀▀▀   ▀▀▀▀ ▀   ▀  ▀▀▀   ▀▀▀        ▀  ▀   ▀ ▀  ▀   ▀




      ███            █████████                           █████████               ███
   ▄▄▄███         ▄▄▄▀▀▀▀▀▀▀▀▀▄▄▄                     ▄▄▄▀▀▀▀▀▀▀▀▀▄▄▄         ▄▄▄███
   ██████         ███         ███                     ███         ███         ██████
      ███                     ███                                 ███      ███   ███
      ███               ▄▄▄▄▄▄▀▀▀                           ▄▄▄▄▄▄▀▀▀   ▄▄▄▀▀▀   ███
      ███               ██████                              ██████      ███      ███
      ███            ███                                          ███   ███████████████
      ███         ▄▄▄▀▀▀               ▄▄▄▄▄▄         ▄▄▄         ███   ▀▀▀▀▀▀▀▀▀███▀▀▀
      ███         ███                  ██████         ███         ███            ███
   █████████      ███████████████      ██████            █████████               ███
   ▀▀▀▀▀▀▀▀▀      ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀      ▀▀▀▀▀▀            ▀▀▀▀▀▀▀▀▀               ▀▀▀





▄▀▀▀▀                    ▀█   ▄   ▄
▀▄▄▄  █   █ █▀▀▀▄ █▀▀▀▄   █   █   █       ▄▀▀▀▄ █▄▀▀▄
    █ █  ▄█ █▀▀▀  █▀▀▀    █    ▀▀▀█       █   █ █   █
▀▀▀▀   ▀▀ ▀ ▀     ▀      ▀▀▀   ▀▀▀         ▀▀▀  ▀   ▀
`.slice(1, -1);

function fresh() {
  const clock = new VirtualClock();
  const model = new Ssd1306Model();
  const bus = { data: 21, clock: 22, address: 0x3c };
  return { clock, model, display: new Ssd1306({ io: model.io, bus, clock }) };
}

test('a text is drawn into every page of a display whose memory is noise, and only then lit', t => {
  const { clock, model, display } = fresh();
  display.show(text);
  t.is(model.attempts, 0);
  clock.advance(0);
  t.true(model.isLit);
  t.is(model.pages, 8);
  t.is(model.picture(), PICTURE);
});

test('only the pages that changed are sent, and none for the same text again', t => {
  const { clock, model, display } = fresh();
  display.show(text);
  clock.advance(0);
  model.pages = 0;
  display.show(text);
  clock.advance(0);
  t.is(model.pages, 0);
  display.show({ ...text, lines: ['Supply off'] });
  clock.advance(0);
  t.is(model.pages, 1);
});

test('a display that is unplugged and comes back shows what is to be shown, and never throws', t => {
  const { clock, model, display } = fresh();
  display.show(text);
  clock.advance(0);
  const picture = model.picture();
  model.unplug();
  for (let k = 0; k < 600; k++) {
    display.show({ ...text, big: k.toString() });
    clock.advance(1000);
  }
  t.true(model.attempts < 20, `${model.attempts} attempts in ten minutes`);
  model.isPlugged = true;
  display.show(text);
  clock.advance(60_000);
  t.true(model.isLit);
  t.is(model.picture(), picture);
  t.is(model.open, 1);
});

test('a bus that cannot be opened is tried again, ever more rarely', t => {
  const { clock, model } = fresh();
  let attempts = 0;
  const io = class {
    constructor() {
      attempts++;
      throw new Error("can't create bus");
    }
  } as unknown as I2cClass;
  const display = new Ssd1306({ io, bus: { data: 1, clock: 2, address: 0x3c }, clock });
  display.show(text);
  clock.advance(3_600_000);
  t.true(attempts > 50 && attempts < 75, `${attempts}`);
  t.is(model.attempts, 0);
});

test('off makes it dark without forgetting, and show lights it again', t => {
  const { clock, model, display } = fresh();
  display.show(text);
  clock.advance(0);
  display.off();
  clock.advance(0);
  t.false(model.isLit);
  model.pages = 0;
  display.show(text);
  clock.advance(0);
  t.true(model.isLit);
  t.is(model.pages, 0);
});

test('what has no room runs out of the picture, and into nothing else', t => {
  const { clock, model, display } = fresh();
  display.show({
    title: 'W'.repeat(40),
    big: '8'.repeat(20),
    lines: ['x'.repeat(40), 'y'.repeat(40)],
    digits: '',
  });
  clock.advance(0);
  for (const page of [1, 5])
    t.true(model.memory.subarray(128 * page, 128 * page + 128).every(byte => byte === 0));
});

test('what a machine is to read is a QR code with a light border, and its text beside it', t => {
  const address = '0xae3DfFEE97f92db0201d11CB8877C89738353bCE';
  const { data, size } = encode(address, { ecc: 'M', border: 0 });
  const { clock, model } = fresh();
  const bus = { data: 21, clock: 22, address: 0x3c };
  const modules = Uint8Array.from(data.flat(), isDark => (isDark ? 1 : 0));
  const code = new Ssd1306({
    io: model.io,
    bus,
    clock,
    encode: shown => (shown === address ? modules : undefined),
  });
  code.show({ ...text, title: 'Not linked', code: address });
  clock.advance(100);
  t.is(size, 29);
  const isLit = (x: number, y: number) => ((model.memory[128 * (y >> 3) + x] as number) >> (y & 7)) & 1;
  for (let y = 0; y < 64; y++)
    for (let x = 0; x < 64; x++) {
      const isDark = data[(y - 3) >> 1]?.[(x - 3) >> 1] === true;
      t.is(isLit(64 + x, y), isDark ? 0 : 1, `${x}, ${y}`);
    }
  code.show({ ...text, code: 'what has no code' });
  clock.advance(100);
  t.is(model.picture(), PICTURE);
});
