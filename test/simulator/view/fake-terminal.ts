import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

/** A terminal in memory, as much of one as Ink looks at. */
export class FakeTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly frames: string[] = [];
  readonly #input: string[] = [];
  readonly #output: EventEmitter & { columns: number; rows: number };

  constructor(columns = 80, rows = 24) {
    const write = (text: string) => {
      const frame = stripVTControlCharacters(text);
      if (frame.trim() !== '') this.frames.push(frame);
      return true;
    };
    this.#output = Object.assign(new EventEmitter(), { columns, rows, isTTY: true, write });
    this.stdout = this.#output as unknown as NodeJS.WriteStream;
    const nothing = () => {};
    const read = () => this.#input.shift() ?? null;
    this.stdin = Object.assign(new EventEmitter(), {
      isTTY: true,
      setRawMode: nothing,
      setEncoding: nothing,
      ref: nothing,
      unref: nothing,
      read,
    }) as unknown as NodeJS.ReadStream;
  }

  /** The last frame, without escape sequences. */
  get frame(): string {
    return this.frames.at(-1) ?? '';
  }

  press(key: string): void {
    this.#input.push(key);
    this.stdin.emit('readable');
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.#output, { columns, rows });
    this.#output.emit('resize');
  }

  /** Resolves once `condition` holds; the test's own time limit ends a wait in vain. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(5);
  }
}
