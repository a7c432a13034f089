import type { Question, Refusal } from './broker-auth';

/** Lines in a minute: whoever knocks at the broker all the time is not to flood the log. */
const LINES = 60;
/** ms */
const MINUTE = 60_000;
/** Characters of what a stranger says. */
const LONGEST = 120;

/** What a line tells of a form; a password is none of it. */
const TOLD = [
  'username',
  'client_id',
  'variable_map.client_id',
  'vhost',
  'name',
  'permission',
  'routing_key',
];

/** Writes a line for each refusal. */
export class RefusalLog {
  readonly #print: (line: string) => void;
  readonly #now: () => number;
  #minute = 0;
  #lines = 0;

  /** @param now ms since 1970 */
  constructor(print: (line: string) => void, now: () => number = Date.now) {
    this.#print = print;
    this.#now = now;
  }

  note(refusal: Refusal, question: Question, form: URLSearchParams): void {
    const told = TOLD.flatMap(name => {
      const text = form.get(name);
      return text === null ? [] : [`${name}=${quote(text)}`];
    });
    this.line([`${question}-refused`, refusal, ...told].join(' '));
  }

  line(text: string): void {
    const now = this.#now();
    const minute = Math.floor(now / MINUTE);
    if (minute !== this.#minute) {
      const left = this.#lines - LINES;
      this.#lines = 0;
      this.#minute = minute;
      if (left > 0) this.#write(now, `${left} more lines in the minute before`);
    }
    this.#lines++;
    if (this.#lines <= LINES) this.#write(now, text);
  }

  #write(now: number, text: string): void {
    this.#print(`${new Date(now).toISOString()} ${text}`);
  }
}

/** On one line, whatever control characters it has, and as short as it should be. */
function quote(text: string): string {
  return JSON.stringify(text.slice(0, LONGEST)).replace(
    /[^\x20-\x7e]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
