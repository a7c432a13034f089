import type { Clock } from '../../../firmware/host';
import type { ChipSerialClass, ChipSerialPort } from '../../chips/chip-io';

type SerialOptions = ConstructorParameters<ChipSerialClass>[0];

/** Bytes that the hardware of an ESP32's UART keeps in each direction. */
const FIFO = 128;
/** Bytes that came at which the SDK's Serial says so while more are coming; when they stop, after four bytes' time. */
const FULL = 96;
const IDLE_BYTES = 4;

export interface SerialWireOptions {
  readonly clock: Clock;
  readonly baud: number;
  /** 10 for 8N1, 11 for 8E1 */
  readonly bitsPerByte: number;
}

/**
 * A serial line in virtual time, with the SDK's Serial on an ESP32 at one end and chips at the other, byte by byte: what
 * two send at once gets mixed up, and what finds no room is lost.
 */
export class SerialWire {
  readonly io: ChipSerialClass;
  /** How often the board opened it. */
  opened = 0;
  /** It cannot be had, as when a pin is in use. */
  isBlocked = false;
  readonly #clock: Clock;
  readonly #baud: number;
  /** ms */
  readonly #byteTime: number;
  readonly #listeners: ((message: Uint8Array) => void)[] = [];
  #options: SerialOptions | undefined;
  #received: number[] = [];
  #arrivals = 0;

  constructor({ clock, baud, bitsPerByte }: SerialWireOptions) {
    this.#clock = clock;
    this.#baud = baud;
    this.#byteTime = (1000 * bitsPerByte) / baud;
    const open = (options: SerialOptions) => this.#open(options);
    this.io = class implements ChipSerialPort {
      readonly #end: ChipSerialPort;
      constructor(options: SerialOptions) {
        this.#end = open(options);
      }
      read() {
        return this.#end.read();
      }
      write(bytes: Uint8Array) {
        this.#end.write(bytes);
      }
      close() {
        this.#end.close();
      }
    };
  }

  get isOpen(): boolean {
    return this.#options !== undefined;
  }

  /** A chip hears each message that the board writes, once it is over. */
  listen(listener: (message: Uint8Array) => void): void {
    this.#listeners.push(listener);
  }

  /** A chip, or a disturbance, sends, beginning now. */
  send(bytes: Uint8Array): void {
    bytes.forEach((byte, index) => {
      this.#clock.after((index + 1) * this.#byteTime, () => this.#arrive(byte));
    });
  }

  #open(options: SerialOptions): ChipSerialPort {
    if (this.isBlocked || this.isOpen) throw new Error('in use');
    if (options.baud !== this.#baud) throw new RangeError(`expected ${this.#baud} baud, got ${options.baud}`);
    this.opened++;
    this.#options = options;
    this.#received = [];
    return {
      read: () => this.#take(),
      write: bytes => this.#write(bytes),
      close: () => {
        this.#options = undefined;
      },
    };
  }

  #take(): ArrayBuffer | undefined {
    const bytes = this.#received.splice(0);
    return bytes.length === 0 ? undefined : new Uint8Array(bytes).buffer;
  }

  #write(bytes: Uint8Array): void {
    if (this.isBlocked || bytes.length > FIFO) throw new Error('output full');
    const message = bytes.slice();
    this.#clock.after(message.length * this.#byteTime, () => {
      for (const listener of this.#listeners) listener(message);
    });
  }

  #arrive(byte: number): void {
    if (!this.isOpen || this.#received.length === FIFO) return;
    this.#received.push(byte);
    const arrival = ++this.#arrivals;
    if (this.#received.length >= FULL) this.#announce();
    else this.#clock.after(IDLE_BYTES * this.#byteTime, () => arrival === this.#arrivals && this.#announce());
  }

  #announce(): void {
    if (this.#received.length > 0) this.#options?.onReadable?.(this.#received.length);
  }
}
