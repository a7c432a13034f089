import type { Capture, Window } from '../../firmware/host';
import { Kernel } from '../../firmware/metrology/kernel';
import { SampleTail } from './sample-tail';

/** What a trace's columns are, by their number; one row a sample set. */
const HEADERS: Readonly<Record<number, string>> = {
  3: 't_us,v,i',
  5: 't_us,v1,i1,v2,i2',
  7: 't_us,v1,i1,v2,i2,v3,i3',
};

/** The greatest count a converter of 16 bits gives. */
const MAX_COUNT = 65_535;

/** Characters: longer lines are no trace. */
const MAX_LINE = 200;
/** Characters of a file that a message quotes: too few to tell a key that was given by mistake. */
const LONGEST_QUOTE = 24;

/** A window with the last of the sample sets that came before its end, up to 256 of them without a gap. */
export interface RecordedWindow extends Window {
  readonly tail: Capture;
}

/** The trace is not one: the message says where, what was expected and what came. */
export class TraceError extends Error {
  /** @param line counted from 1 */
  constructor(line: number, expected: string, got: string) {
    super(`line ${line}: expected ${expected}, got ${got}`);
  }
}

/**
 * Reads recorded ADC counts, CSV of one sample set a row, through the kernel: `t_us,v,i` or
 * `t_us,v1,i1,v2,i2,v3,i3`, time in whole µs and counts of up to 16 bits; a header line may come first, and empty
 * lines do not matter. Its memory does not grow.
 */
export class TraceReader {
  readonly #onWindow: (window: RecordedWindow) => void;
  #rest = '';
  #line = 0;
  #kernel: Kernel | undefined;
  #counts = new Uint16Array(0);
  #tail = new SampleTail(1);
  #fields: number | undefined;
  #startTime = 0;
  #time = Number.NEGATIVE_INFINITY;

  constructor(onWindow: (window: RecordedWindow) => void) {
    this.#onWindow = onWindow;
  }

  /** 1 to 3; 0 before the first row */
  get phases(): number {
    return this.#counts.length / 2;
  }

  /** µs from the first row to the last; at the end that is what the windows cover */
  get duration(): number {
    return this.#kernel === undefined ? 0 : this.#time - this.#startTime;
  }

  /**
   * Takes the next piece of the text, cut anywhere.
   * @throws TraceError at the first row that is malformed; the reader is of no use then.
   */
  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
    if (this.#rest.length > MAX_LINE) this.#readLine(this.#rest);
  }

  /**
   * The text is complete: what is left of it is one more window, which counts no cycles.
   * @throws TraceError when the last row is malformed or there was no row at all.
   */
  end(): void {
    if (this.#rest !== '') this.#readLine(this.#rest);
    if (this.#kernel === undefined)
      throw new TraceError(this.#line + 1, `a row of ${HEADERS[3]} or ${HEADERS[7]}`, 'the end of the trace');
    this.#kernel.finish();
  }

  #readLine(text: string): void {
    this.#line++;
    const line = text.trim();
    if (line.length > MAX_LINE) throw new TraceError(this.#line, 'a row', quote(line));
    if (line === '') return;
    const fields = line.split(',');
    this.#expectFields(fields.length, line);
    if (this.#kernel === undefined && this.#isHeader(line, fields.length)) return;
    this.#readRow(fields);
  }

  /** All lines have as many fields as the first. */
  #expectFields(count: number, line: string): void {
    const header = this.#fields === undefined ? undefined : HEADERS[this.#fields];
    if (header === undefined && HEADERS[count] === undefined)
      throw new TraceError(this.#line, `${HEADERS[3]} or ${HEADERS[7]}`, quote(line));
    if (header !== undefined && count !== this.#fields)
      throw new TraceError(this.#line, `${this.#fields} fields (${header})`, `${count} in ${quote(line)}`);
  }

  #isHeader(line: string, fields: number): boolean {
    if (this.#fields !== undefined || !/^[a-z]/i.test(line)) return false;
    if (line !== HEADERS[fields])
      throw new TraceError(this.#line, `the header ${HEADERS[fields]}`, quote(line));
    this.#fields = fields;
    return true;
  }

  #readRow(fields: readonly string[]): void {
    const time = this.#readTime(fields[0] ?? '');
    if (this.#kernel === undefined) this.#begin(fields.length, time);
    for (let k = 1; k < fields.length; k++) this.#counts[k - 1] = this.#readCount(fields[k] ?? '', k);
    this.#time = time;
    const lost = this.#kernel?.add(this.#counts, 1, time) ?? 0;
    if (lost > 0) this.#tail.clear();
    this.#tail.push(this.#counts);
  }

  #begin(fields: number, time: number): void {
    const phases = (fields - 1) / 2;
    this.#fields = fields;
    this.#startTime = time;
    this.#counts = new Uint16Array(2 * phases);
    this.#tail = new SampleTail(phases);
    this.#kernel = new Kernel({ phases, startTime: time }, window => this.#record(window));
  }

  #record(window: Window): void {
    const { duration, gap, samples } = window;
    this.#onWindow({ ...window, tail: this.#tail.capture((duration - gap) / samples) });
  }

  #readTime(field: string): number {
    const time = /^\s*-?\d{1,15}\s*$/.test(field) ? Number(field) : Number.NaN;
    if (Number.isNaN(time)) throw new TraceError(this.#line, 't_us in whole microseconds', quote(field));
    if (!(time > this.#time)) throw new TraceError(this.#line, `t_us later than ${this.#time}`, quote(field));
    return time;
  }

  #readCount(field: string, column: number): number {
    const count = /^\s*\d{1,6}\s*$/.test(field) ? Number(field) : Number.NaN;
    if (count <= MAX_COUNT) return count;
    const name = HEADERS[this.#fields ?? 0]?.split(',')[column];
    throw new TraceError(this.#line, `${name} as a whole count of 0 to ${MAX_COUNT}`, quote(field));
  }
}

function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}
