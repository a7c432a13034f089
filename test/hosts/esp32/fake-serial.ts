import type { SerialClass, SerialPort } from '../../../hosts/esp32/console';
import type { VirtualClock } from '../../../hosts/mock/clock';

/** Bytes that the hardware of an ESP32's UART keeps in each direction. */
const FIFO = 128;
/** Bytes waiting to be sent at which it says that there is room again. */
const THRESHOLD = 10;
/** Bytes that came at which it says so while more are coming; when they stop, it says so after four bytes' time. */
const FULL = 96;
/** ms a byte */
const BYTE = 1000 / 11_520;

type SerialOptions = ConstructorParameters<SerialClass>[0];

/** The far end of a serial line at 115,200 baud in virtual time, and the SDK's Serial at the near one. */
export class FakeTerminal {
  readonly io: SerialClass;
  /** All that the board has written. */
  readonly seen: number[] = [];
  readonly #clock: VirtualClock;
  readonly #transmit: number[] = [];
  readonly #receive: number[] = [];
  #options: SerialOptions | undefined;
  #arrivals = 0;
  /** Bytes that came when the hardware had no room. */
  lost = 0;
  /** Cut: nothing the board writes ever leaves. */
  isCut = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    const open = (options: SerialOptions) => this.#open(options);
    this.io = class implements SerialPort {
      readonly #port: SerialPort;
      constructor(options: SerialOptions) {
        this.#port = open(options);
      }
      read() {
        return this.#port.read();
      }
      write(bytes: Uint8Array) {
        this.#port.write(bytes);
      }
    };
  }

  get text(): string {
    return Buffer.from(this.seen).toString();
  }

  /** As fast as the line takes it, and until all that follows is written. */
  type(input: string | Uint8Array): string {
    const before = this.seen.length;
    for (const byte of typeof input === 'string' ? Buffer.from(input) : input) {
      this.#arrive(byte);
      this.#clock.advance(BYTE);
    }
    this.#clock.advance(2000);
    return Buffer.from(this.seen.slice(before)).toString();
  }

  #open(options: SerialOptions): SerialPort {
    this.#options = options;
    this.#clock.after(0, () => this.#leave());
    return {
      read: () => {
        const bytes = this.#receive.splice(0);
        return bytes.length === 0 ? undefined : new Uint8Array(bytes).buffer;
      },
      write: bytes => {
        if (bytes.length > FIFO - this.#transmit.length) throw new Error('output full');
        this.#transmit.push(...bytes);
      },
    };
  }

  #arrive(byte: number): void {
    if (this.#receive.length === FIFO) this.lost++;
    else this.#receive.push(byte);
    const arrival = ++this.#arrivals;
    if (this.#receive.length >= FULL) this.#clock.after(0, () => this.#announce());
    else this.#clock.after(4 * BYTE, () => arrival === this.#arrivals && this.#announce());
  }

  #announce(): void {
    if (this.#receive.length > 0) this.#options?.onReadable(this.#receive.length);
  }

  /** What a millisecond takes away. */
  #leave(): void {
    const isBusy = this.#transmit.length > THRESHOLD;
    if (!this.isCut) this.seen.push(...this.#transmit.splice(0, 12));
    const isRoom = this.#transmit.length <= THRESHOLD;
    if (isRoom && (isBusy || this.#transmit.length === 0))
      this.#options?.onWritable(FIFO - this.#transmit.length);
    this.#clock.after(1, () => this.#leave());
  }
}
