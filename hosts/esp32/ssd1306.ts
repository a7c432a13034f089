import type { Clock } from '../../firmware/host';
import type { DisplayText, Screen } from './display-text';
import { drawCode, drawText, FRAME_PAGES, FRAME_WIDTH } from './ssd1306-frame';

/** What of ECMA-419's I2C the display needs. The constructor and `write` throw when nobody answers. */
export interface I2cDevice {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Pins, and the device's address, as ECMA-419's I2C takes them. */
export interface I2cAddress {
  readonly data: number;
  readonly clock: number;
  /** 0x3c for nearly all of these displays, 0x3d for some */
  readonly address: number;
}

export type I2cClass = new (
  options: I2cAddress & { readonly hz: number; readonly timeout: number },
) => I2cDevice;

export interface Ssd1306Options {
  readonly io: I2cClass;
  readonly bus: I2cAddress;
  readonly clock: Clock;
  /** The modules of a QR code of the text, row by row, 1 for a dark one; undefined when it cannot be made. */
  encode?(text: string): Uint8Array | undefined;
}

const HZ = 400_000;
/** ms that a bus which somebody holds down may cost */
const TIMEOUT = 20;
/** ms between attempts to reach a display that does not answer; doubles up to the longest */
const SHORTEST_RETRY = 1000;
const LONGEST_RETRY = 60_000;

const COMMANDS = 0x00;
const DATA = 0x40;
const SLEEP = 0xae;
const WAKE = 0xaf;
const PAGE_START = 0xb0;
/** SSD1306 datasheet rev 1.1, §3 of the application note: charge pump on, page addressing, top left is column 0. */
const SET_UP = [
  SLEEP,
  0xd5,
  0x80, // clock
  0xa8,
  0x3f, // 64 rows
  0xd3,
  0x00, // no offset
  0x40, // first line
  0x8d,
  0x14, // charge pump
  0x20,
  0x02, // page addressing
  0xa1,
  0xc8, // the connector is at the top
  0xda,
  0x12, // wiring of the rows
  0x81,
  0x7f, // contrast
  0xd9,
  0xf1,
  0xdb,
  0x40, // voltages for the charge pump
  0xa4,
  0xa6, // what is in the memory, lit where 1
];

/**
 * An OLED of 128 x 64 pixels. It is sent one page a turn, and only the pages that changed; one that is missing or
 * unplugged costs an attempt now and then, and shows all as soon as it is back.
 */
export class Ssd1306 implements Screen {
  readonly #options: Ssd1306Options;
  readonly #wanted = new Uint8Array(FRAME_WIDTH * FRAME_PAGES);
  readonly #sent = new Uint8Array(FRAME_WIDTH * FRAME_PAGES);
  readonly #message = new Uint8Array(1 + FRAME_WIDTH);
  #device: I2cDevice | undefined;
  #isAttemptDue = false;
  #retry = SHORTEST_RETRY;
  #isLitWanted = false;
  #isLit = false;

  constructor(options: Ssd1306Options) {
    this.#options = options;
  }

  show(text: DisplayText): void {
    const modules = text.code === undefined ? undefined : this.#options.encode?.(text.code);
    if (modules === undefined) drawText(this.#wanted, text);
    else drawCode(this.#wanted, text, modules);
    this.#isLitWanted = true;
    this.#schedule(0);
  }

  off(): void {
    this.#isLitWanted = false;
    this.#schedule(0);
  }

  /** While an attempt is waited for, nothing is tried sooner. */
  #schedule(milliseconds: number): void {
    if (this.#isAttemptDue) return;
    this.#isAttemptDue = true;
    this.#options.clock.after(milliseconds, () => {
      this.#isAttemptDue = false;
      this.#attempt();
    });
  }

  #attempt(): void {
    try {
      const isMore = this.#sendNext();
      this.#retry = SHORTEST_RETRY;
      if (isMore) this.#schedule(0);
    } catch {
      this.#forget();
      this.#schedule(this.#retry);
      this.#retry = Math.min(2 * this.#retry, LONGEST_RETRY);
    }
  }

  /** One message to the display; false when it shows all that it is to show. */
  #sendNext(): boolean {
    if (this.#device === undefined) {
      this.#open();
      return true;
    }
    for (let page = 0; page < FRAME_PAGES; page++) {
      if (!this.#isPageSent(page)) {
        this.#sendPage(this.#device, page);
        return true;
      }
    }
    if (this.#isLit !== this.#isLitWanted) {
      this.#device.write(Uint8Array.of(COMMANDS, this.#isLitWanted ? WAKE : SLEEP));
      this.#isLit = this.#isLitWanted;
    }
    return false;
  }

  #open(): void {
    const { io, bus } = this.#options;
    this.#device = new io({ ...bus, hz: HZ, timeout: TIMEOUT });
    this.#device.write(Uint8Array.of(COMMANDS, ...SET_UP));
    this.#isLit = false;
    // Nobody knows what is in its memory: the opposite of what is wanted makes every page one to be sent.
    this.#wanted.forEach((byte, index) => {
      this.#sent[index] = ~byte;
    });
  }

  #forget(): void {
    try {
      this.#device?.close();
    } catch {
      // It could not be used before either.
    }
    this.#device = undefined;
  }

  #isPageSent(page: number): boolean {
    for (let index = page * FRAME_WIDTH; index < (page + 1) * FRAME_WIDTH; index++)
      if (this.#sent[index] !== this.#wanted[index]) return false;
    return true;
  }

  #sendPage(device: I2cDevice, page: number): void {
    const start = page * FRAME_WIDTH;
    const pixels = this.#wanted.subarray(start, start + FRAME_WIDTH);
    device.write(Uint8Array.of(COMMANDS, PAGE_START | page, 0x00, 0x10));
    this.#message[0] = DATA;
    this.#message.set(pixels, 1);
    device.write(this.#message);
    this.#sent.set(pixels, start);
  }
}
