import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { Failure } from './errors';

/** Bytes that are typed before their echo is waited for: the board's hardware keeps 128. */
const PIECE = 32;
/** ms between two looks at what has come */
const LOOK = 5;
/** s that a board may need for an echo or an answer: it may be signing, or erasing flash */
const PATIENCE = 20;
const PROMPT = '> ';
const INTERRUPT = '\x03';

/**
 * Types a command at the console of a board on a serial line, as fast as it echoes it, and resolves with the lines of its
 * answer.
 * @param path of the line's device, as /dev/ttyUSB0
 * @param text lines end in a line feed, the last one too
 * @throws Failure when there is no such line, or nobody answers at its other end
 */
export async function askConsole(path: string, baud: number, text: string): Promise<readonly string[]> {
  const line = new SerialLine(path, baud);
  try {
    await line.type(INTERRUPT);
    await line.until('its prompt', shown => shown.endsWith(PROMPT));
    for (const typed of text.trimEnd().split('\n')) await line.type(`${typed}\r`);
    const shown = await line.until('its answer', all => all.endsWith(PROMPT));
    // between the echo of what was typed last and the prompt
    return shown.split(/\r?\n/).slice(1, -1);
  } finally {
    line.close();
  }
}

class SerialLine {
  readonly #path: string;
  readonly #file: number;
  readonly #stream: ReadStream;
  #shown = '';

  constructor(path: string, baud: number) {
    this.#path = path;
    try {
      execFileSync('stty', ['-F', path, `${baud}`, 'raw', '-echo'], { stdio: 'pipe' });
      this.#file = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      this.#stream = new ReadStream(openSync(path, constants.O_RDWR | constants.O_NOCTTY));
    } catch {
      throw new Failure(`${path}: expected a serial line, got none that opens`);
    }
    this.#stream.on('data', bytes => {
      this.#shown += bytes.toString();
    });
    this.#stream.on('error', () => {});
  }

  /** What was shown before is forgotten at each end of a line: what follows it answers. */
  async type(text: string): Promise<void> {
    for (let start = 0; start < text.length; start += PIECE) {
      this.#shown = '';
      const piece = text.slice(start, start + PIECE);
      writeSync(this.#file, piece);
      await this.until('its echo', shown => shown.length >= piece.length);
    }
  }

  /** What it has shown. */
  async until(what: string, condition: (shown: string) => boolean): Promise<string> {
    for (let waited = 0; !condition(this.#shown); waited += LOOK) {
      if (waited > 1000 * PATIENCE)
        throw new Failure(
          `${this.#path}: expected ${what} in ${PATIENCE} s, got ${this.#shown.length} characters`,
        );
      await sleep(LOOK);
    }
    return this.#shown;
  }

  close(): void {
    this.#stream.destroy();
    closeSync(this.#file);
  }
}
