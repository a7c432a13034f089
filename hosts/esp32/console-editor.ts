import { fromUtf8 } from './settings-utf8';

export interface EditorHandlers {
  /** A line was ended. */
  onLine(text: string): void;
  /** Ctrl-C: what was typed of the line is gone. */
  onInterrupt(): void;
  /** A line that is none: what was expected, and what came. */
  onFault(fault: string): void;
  echo(bytes: Uint8Array): void;
}

/** Bytes */
export const LONGEST_LINE = 2048;

const INTERRUPT = 0x03;
const BACKSPACE = 0x08;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;
const ERASE_ONE = Uint8Array.of(BACKSPACE, SPACE, BACKSPACE);
const NEW_LINE = Uint8Array.of(RETURN, LINE_FEED);
const INTERRUPTED = Uint8Array.of(0x5e, 0x43, RETURN, LINE_FEED);

/** Makes lines of what is typed or pasted at a terminal: echo, backspace, Ctrl-C. Keys that move a cursor do nothing. */
export class LineEditor {
  /** Nothing typed is echoed, for it is a secret. */
  isSilent = false;
  readonly #handlers: EditorHandlers;
  readonly #line = new Uint8Array(LONGEST_LINE);
  #length = 0;
  #isTooLong = false;
  #previous = 0;
  #escape: 'none' | 'begun' | 'sequence' = 'none';

  constructor(handlers: EditorHandlers) {
    this.#handlers = handlers;
  }

  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (!this.#isOfEscape(byte)) this.#take(byte);
      this.#previous = byte;
    }
  }

  #take(byte: number): void {
    if (byte === INTERRUPT) this.#interrupt();
    else if (byte === BACKSPACE || byte === DELETE) this.#erase();
    else if (byte === RETURN || (byte === LINE_FEED && this.#previous !== RETURN)) this.#end();
    else if (byte === TAB) this.#add(SPACE);
    else if (byte >= SPACE) this.#add(byte);
  }

  #interrupt(): void {
    this.#clear();
    this.#handlers.echo(INTERRUPTED);
    this.#handlers.onInterrupt();
  }

  /** ECMA-48 §5.4: ESC [ ... up to a letter, as of the arrow keys. */
  #isOfEscape(byte: number): boolean {
    if (this.#escape === 'sequence') {
      if (byte >= 0x40 && byte <= 0x7e) this.#escape = 'none';
      return true;
    }
    if (this.#escape === 'begun') {
      this.#escape = byte === 0x5b || byte === 0x4f ? 'sequence' : 'none';
      return this.#escape === 'sequence';
    }
    if (byte === ESCAPE) this.#escape = 'begun';
    return byte === ESCAPE;
  }

  #add(byte: number): void {
    if (this.#length === LONGEST_LINE) {
      this.#isTooLong = true;
      return;
    }
    this.#line[this.#length++] = byte;
    if (!this.isSilent) this.#handlers.echo(Uint8Array.of(byte));
  }

  /** The last character, which in UTF-8 may be several bytes. */
  #erase(): void {
    if (this.#length === 0) return;
    do this.#length--;
    while (this.#length > 0 && ((this.#line[this.#length] as number) & 0xc0) === 0x80);
    if (!this.isSilent) this.#handlers.echo(ERASE_ONE);
  }

  #end(): void {
    const isTooLong = this.#isTooLong;
    const text = isTooLong ? undefined : fromUtf8(this.#line.subarray(0, this.#length));
    this.#clear();
    this.#handlers.echo(NEW_LINE);
    if (text !== undefined) this.#handlers.onLine(text);
    else if (isTooLong)
      this.#handlers.onFault(`line: expected at most ${LONGEST_LINE} bytes, got more; it is ignored`);
    else this.#handlers.onFault('line: expected UTF-8, got other bytes; it is ignored');
  }

  #clear(): void {
    // It may have held a secret.
    this.#line.fill(0);
    this.#length = 0;
    this.#isTooLong = false;
  }
}
