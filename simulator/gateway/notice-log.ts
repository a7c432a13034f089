import type { Notice, NoticeCode } from './notice';

/** Too many for lines: counters have them. */
const COUNTED_ONLY: ReadonlySet<NoticeCode> = new Set([
  'reading-verified',
  'reading-acknowledged',
  'reading-repeated',
  'event-kept',
  'batch-sent',
  'stranger-dropped',
  'page-message-ignored',
  'console-uplink',
  'console-answer',
]);
/** Lines of a code in a minute: whoever floods the broker is not to flood the log. */
const LINES = 60;
const MINUTE = 60_000;

/** Writes notices as lines of text, or of JSON. */
export class NoticeLog {
  readonly #print: (line: string) => void;
  readonly #json: boolean;
  /** M3ters with a reading ahead: only the first of each is a line. */
  readonly #ahead = new Set<bigint | undefined>();
  readonly #lines = new Map<NoticeCode, number>();
  #minute = 0;

  constructor(print: (line: string) => void, json: boolean) {
    this.#print = print;
    this.#json = json;
  }

  note({ code, m3terId, detail }: Notice): void {
    if (COUNTED_ONLY.has(code)) return;
    if (code === 'reading-ahead' && this.#ahead.has(m3terId)) return;
    if (!this.#mayPrint(code)) return;
    if (code === 'reading-ahead') this.#ahead.add(m3terId);
    const time = new Date().toISOString();
    const about = m3terId?.toString();
    if (this.#json) this.#print(JSON.stringify({ time, code, m3terId: about, detail }));
    else this.#print([time, code, about && `M3ter ${about}`, detail].filter(Boolean).join(' '));
  }

  #mayPrint(code: NoticeCode): boolean {
    const minute = Math.floor(Date.now() / MINUTE);
    if (minute !== this.#minute) this.#lines.clear();
    this.#minute = minute;
    const lines = (this.#lines.get(code) ?? 0) + 1;
    this.#lines.set(code, lines);
    return lines <= LINES;
  }
}
