import type { Clock } from '../../firmware/host';
import { LineEditor } from './console-editor';
import { type Commands, Shell, type Stream } from './console-shell';
import { toUtf8 } from './settings-utf8';

/** What of ECMA-419's Serial the console needs. */
export interface SerialPort {
  read(): ArrayBuffer | undefined;
  /** No more bytes than the last `onWritable` told, less what was written since. */
  write(bytes: Uint8Array): void;
}

/** Pins and speed, as ECMA-419's Serial takes them. */
export interface SerialLine {
  readonly port: number;
  readonly receive: number;
  readonly transmit: number;
  readonly baud: number;
}

export type SerialClass = new (
  options: SerialLine & {
    readonly format: 'buffer';
    onReadable(count: number): void;
    onWritable(count: number): void;
  },
) => SerialPort;

export interface ConsoleOptions {
  readonly io: SerialClass;
  readonly line: SerialLine;
  readonly clock: Clock;
  readonly commands: Commands;
}

/** Bytes that wait to be written at most; what nobody reads is dropped. */
const LONGEST_OUTPUT = 3072;
/** Bytes of them that a stream leaves to its end, so that this is never dropped. */
const ROOM_FOR_END = 64;
const LINE_FEED = 0x0a;
/** ms; the hardware keeps 128 bytes, and announces them late while more are coming */
const POLL = 10;

/**
 * The console on a serial line, for whoever stands before the meter. It can read and set up, and cannot change the
 * balance or command the relay: only signed directives can.
 */
export class Console {
  readonly #serial: SerialPort;
  readonly #clock: Clock;
  readonly #editor: LineEditor;
  readonly #shell: Shell;
  readonly #output = new Uint8Array(LONGEST_OUTPUT);
  #waiting = 0;
  #writable = 0;
  #isPolling = false;
  #stream: Stream | undefined;

  constructor({ io, line, clock, commands }: ConsoleOptions) {
    this.#clock = clock;
    this.#shell = new Shell(commands);
    this.#editor = new LineEditor({
      onLine: text => this.#onLine(text),
      onInterrupt: () => this.#onInterrupt(),
      onFault: fault => this.#print([fault]),
      echo: bytes => this.#write(bytes),
    });
    this.#serial = new io({
      ...line,
      format: 'buffer',
      onReadable: () => this.#poll(),
      onWritable: count => this.#onWritable(count),
    });
  }

  #poll(): void {
    const bytes = this.#serial.read();
    if (bytes === undefined) return;
    this.#receive(new Uint8Array(bytes));
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#clock.after(POLL, () => {
      this.#isPolling = false;
      this.#poll();
    });
  }

  /** Any key ends a stream, but for what some terminals send behind a return. */
  #receive(bytes: Uint8Array): void {
    if (this.#stream === undefined) this.#editor.receive(bytes);
    else if (bytes.some(byte => byte !== LINE_FEED)) this.#stream.stop();
  }

  #onLine(text: string): void {
    if (this.#stream !== undefined) {
      this.#stream.stop();
      return;
    }
    const reply = this.#shell.receive(text);
    if ('start' in reply) this.#follow(reply);
    else this.#print(reply);
  }

  #follow(stream: Stream): void {
    this.#stream = stream;
    stream.start(
      line => this.#printOfStream(line),
      lines => {
        this.#stream = undefined;
        this.#print(lines);
      },
    );
  }

  #printOfStream(line: string): boolean {
    const bytes = toUtf8(`${line}\r\n`);
    if (bytes === undefined || this.#waiting + bytes.length > LONGEST_OUTPUT - ROOM_FOR_END) return false;
    this.#write(bytes);
    return true;
  }

  #onInterrupt(): void {
    this.#shell.interrupt();
    this.#print([]);
  }

  #print(lines: readonly string[]): void {
    this.#editor.isSilent = this.#shell.isSecret;
    const prompt = this.#shell.isAsking ? '' : '> ';
    const text = lines.map(line => `${line}\r\n`).join('') + prompt;
    this.#write(toUtf8(text) ?? new Uint8Array());
  }

  /** All of it or, when there is no room, nothing. */
  #write(bytes: Uint8Array): void {
    if (this.#waiting + bytes.length > LONGEST_OUTPUT) return;
    this.#output.set(bytes, this.#waiting);
    this.#waiting += bytes.length;
    this.#flush();
  }

  #onWritable(count: number): void {
    this.#writable = count;
    this.#flush();
  }

  #flush(): void {
    const count = Math.min(this.#writable, this.#waiting);
    if (count === 0) return;
    this.#serial.write(this.#output.slice(0, count));
    this.#output.copyWithin(0, count, this.#waiting);
    this.#writable -= count;
    this.#waiting -= count;
  }
}
