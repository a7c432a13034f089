import { z } from 'zod';
import type { Window } from '../firmware/host';
import { TraceReader } from '../hosts/mock/trace';

/** What a meter's converter saw of a load. */
export interface Recording {
  readonly windows: readonly Window[];
  /** Conversions at an end of the converter's range, of each phase; none are known of windows */
  readonly clipped: readonly number[];
}

/** The recording is none: the message says where, what was expected and what came. */
export class RecordingError extends Error {}

const sum = z.number().nonnegative();
const window = z.object({
  phases: z
    .array(
      z.object({
        ...{ v: sum, i: sum, vEarlier: sum, iEarlier: sum, vv: sum, ii: sum, vi: sum },
        ...{ vEarlierI: sum, vIEarlier: sum },
      }),
    )
    .min(1)
    .max(3),
  samples: z.int().min(1),
  cycles: z.int().nonnegative(),
  duration: z.number().positive(),
  cycleSpan: z.number().nonnegative(),
  gap: z.number().nonnegative(),
});
const fault = z.object({ fault: z.string() });
const end = z.object({ windows: z.int().nonnegative() });
const line = z.union([window, fault, end]);

/** Characters; a window of three phases has some 700. */
const MAX_LINE = 2000;
/** What the console echoes before the windows. */
const COMMAND = /^(> ?)?windows \d+/;

/** Reads what `m3ter measure` takes, a trace in CSV, or the lines that the board's console prints for `windows N`. */
export class RecordingReader {
  readonly #windows: Window[] = [];
  #lines: WindowLines | TraceLines | undefined;
  #rest = '';

  /** The windows so far. */
  get windows(): readonly Window[] {
    return this.#windows;
  }

  /** Whether the console has said that there is no more. */
  get isComplete(): boolean {
    return this.#lines instanceof WindowLines && this.#lines.isComplete;
  }

  /**
   * Takes the next piece of the text, cut anywhere.
   * @throws RecordingError, TraceError at the first line that is malformed; the reader is of no use then.
   */
  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const each of lines) this.#read(each);
    if (this.#rest.length > MAX_LINE) this.#read(this.#rest);
  }

  /** The text is complete. @throws RecordingError, TraceError when it is no recording */
  end(): Recording {
    // A prompt comes without an end of line.
    if (this.#rest !== '' && this.#rest.trim() !== '>') this.#read(this.#rest);
    const clipped = this.#lines?.end() ?? [];
    if (this.#lines === undefined) throw new RecordingError('expected a trace or windows, got nothing');
    if (this.#windows.length === 0) throw new RecordingError('expected windows of 0.2 s, got none');
    return { windows: this.#windows, clipped };
  }

  #read(text: string): void {
    const trimmed = text.trim();
    if (this.#lines === undefined && trimmed !== '') {
      const isOfConsole = trimmed.startsWith('{') || trimmed.startsWith('>') || COMMAND.test(trimmed);
      const onWindow = (next: Window) => void this.#windows.push(next);
      this.#lines = isOfConsole ? new WindowLines(onWindow) : new TraceLines(onWindow);
    }
    this.#lines?.read(text);
  }
}

/** The console's lines: windows, faults, and how many it was. Others, as prompts and echoes, do not matter. */
class WindowLines {
  readonly #onWindow: (window: Window) => void;
  #number = 0;
  isComplete = false;

  constructor(onWindow: (window: Window) => void) {
    this.#onWindow = onWindow;
  }

  read(text: string): void {
    this.#number++;
    const trimmed = text.trim();
    if (this.isComplete || !trimmed.startsWith('{')) return;
    const content = line.safeParse(parsed(trimmed)).data;
    if (content === undefined)
      throw new RecordingError(`line ${this.#number}: expected a window in JSON, got ${quote(trimmed)}`);
    if ('fault' in content)
      throw new RecordingError(
        `line ${this.#number}: expected a sensor without faults, got ${content.fault}`,
      );
    if ('windows' in content) this.isComplete = true;
    else this.#onWindow(content);
  }

  end(): readonly number[] {
    return [];
  }
}

/** A trace, and what in it clipped: conversions at 0, or at the top of 12 bits or, where there are greater, of 16. */
class TraceLines {
  readonly #reader: TraceReader;
  readonly #atTop12 = [0, 0, 0];
  readonly #atEnds16 = [0, 0, 0];
  #isWide = false;

  constructor(onWindow: (window: Window) => void) {
    this.#reader = new TraceReader(onWindow);
  }

  read(text: string): void {
    this.#reader.write(`${text}\n`);
    const fields = text.split(',');
    for (let k = 1; k < fields.length; k++) {
      const count = Number(fields[k]);
      const phase = (k - 1) >> 1;
      if (count > 4095) this.#isWide = true;
      if (count === 4095) (this.#atTop12[phase] as number)++;
      if (count === 0 || count === 65_535) (this.#atEnds16[phase] as number)++;
    }
  }

  end(): readonly number[] {
    this.#reader.end();
    return this.#atEnds16.map((count, phase) => count + (this.#isWide ? 0 : (this.#atTop12[phase] ?? 0)));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);
}
