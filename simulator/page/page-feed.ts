import type { RawData, WebSocket } from 'ws';
import { type Answer, type MeterChange, REQUEST, type Reply, type Request, type Update } from './messages';
import type { PageAction } from './page-action';
import type { PageSource } from './page-source';
import type { MeterRow, MeterView } from './page-state';

/** Updates from one scope picture, or one list, to the next */
const SCOPE_EVERY = 3;
const ROWS_EVERY = 5;
/** Bytes that wait to be sent, above which a page that cannot keep up is told less */
const MOST_WAITING = 256 * 1024;
/** Updates in a row, half a minute's, after which a page that takes none is let go: others may have its place */
const MOST_MISSED = 300;
/** Requests a second of which no person has need */
const MOST_REQUESTS = 50;
/** Codes of RFC 6455, 7.4.1 */
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/** What one open page is told, and asks for. */
export class PageFeed {
  readonly #socket: WebSocket;
  readonly #source: PageSource;
  readonly #isTokenRight: (token: string) => boolean;
  #mayAct = false;
  #isOpen = false;
  #shown: string;
  #updates = 0;
  /** In a row that the page could not take, or has not asked for yet */
  #missed = 0;
  #requests = 0;
  /** Samples told so far, ever */
  #recent = 0;
  #days = 0;
  /** By M3ter, as JSON: the rows told last */
  readonly #rows = new Map<string, string>();
  /** By field, as JSON: what was told last of the meter shown; most of its bytes stand still */
  readonly #told = new Map<string, string>();

  constructor(socket: WebSocket, source: PageSource, isTokenRight: (token: string) => boolean) {
    this.#socket = socket;
    this.#source = source;
    this.#isTokenRight = isTokenRight;
    this.#shown = firstOf(source);
    socket.on('message', (data, isBinary) => this.#take(data, isBinary));
  }

  /** Tells what is new, if the page keeps up; to be called ten times a second. */
  update(): void {
    if (!this.#isOpen || this.#socket.bufferedAmount > MOST_WAITING) {
      if (++this.#missed >= MOST_MISSED) this.#socket.terminate();
      return;
    }
    this.#missed = 0;
    const source = this.#source;
    // the first meter of all has come
    if (this.#shown === '') this.#shown = firstOf(source);
    const meter = source.meter(this.#shown);
    const scope = this.#updates % SCOPE_EVERY === 0 ? source.scope?.(this.#shown) : undefined;
    const rows = this.#updates % ROWS_EVERY === 0 ? this.#changedRows() : [];
    this.#updates++;
    this.#send({
      type: 'update',
      world: source.world(),
      ...(meter && this.#newOf(meter)),
      ...(scope && { scope }),
      ...(rows.length > 0 && { rows }),
      ...this.#newSamples(),
    });
  }

  /** To be called once a second. */
  forgiveRequests(): void {
    this.#requests = 0;
  }

  #take(data: RawData, isBinary: boolean): void {
    // until it has closed too, it may still say what it likes
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const request = isBinary ? undefined : parse(data.toString());
    if (++this.#requests > MOST_REQUESTS) this.#socket.close(POLICY_VIOLATION, 'too many requests');
    else if (request === undefined) this.#socket.close(UNSUPPORTED_DATA, 'not a request');
    else this.#obey(request);
  }

  #obey(request: Request): void {
    if (request.type === 'act') void this.#act(request.action).then(answer => this.#send(answer));
    else if (request.type === 'hello') this.#welcome(request.token);
    else this.#show(request.m3terId);
  }

  #welcome(token: string): void {
    this.#mayAct = this.#source.act !== undefined && this.#isTokenRight(token);
    this.#isOpen = true;
    this.#told.clear();
    this.#send({ type: 'welcome', mayAct: this.#mayAct });
    this.update();
  }

  /** A meter that is not there leaves the page as it is. */
  #show(m3terId: string): void {
    if (this.#source.meter(m3terId) === undefined) return;
    this.#shown = m3terId;
    this.#recent = 0;
    this.#days = 0;
    this.#told.clear();
    this.update();
  }

  async #act(action: PageAction): Promise<Answer> {
    const { act } = this.#source;
    if (!this.#mayAct || act === undefined)
      return { type: 'answer', ok: false, text: 'This page may only look: open the address with its token.' };
    try {
      return { type: 'answer', ok: true, text: await act.call(this.#source, action) };
    } catch (error) {
      return { type: 'answer', ok: false, text: (error as Error).message };
    }
  }

  #newOf(meter: MeterView): Pick<Update, 'meter' | 'change'> {
    const isFirst = this.#told.size === 0;
    const fields = new Set([...this.#told.keys(), ...Object.keys(meter)]) as Set<keyof MeterView>;
    const change: Record<string, unknown> = { m3terId: meter.m3terId };
    for (const field of fields) {
      const text = JSON.stringify(meter[field] ?? null);
      if (this.#told.get(field) === text) continue;
      this.#told.set(field, text);
      change[field] = meter[field] ?? null;
    }
    return isFirst ? { meter } : { change: change as MeterChange };
  }

  #newSamples(): Pick<Update, 'recent' | 'days'> {
    const history = this.#source.history(this.#shown);
    if (history === undefined) return {};
    const recent = history.recent.since(this.#recent);
    const days = history.days.since(this.#days);
    this.#recent = history.recent.count;
    this.#days = history.days.count;
    return { ...(recent.samples.length > 0 && { recent }), ...(days.samples.length > 0 && { days }) };
  }

  #changedRows(): MeterRow[] {
    return this.#source.rows().filter(row => {
      const text = JSON.stringify(row);
      const isChanged = this.#rows.get(row.m3terId) !== text;
      this.#rows.set(row.m3terId, text);
      return isChanged;
    });
  }

  #send(reply: Reply): void {
    this.#socket.send(JSON.stringify(reply), () => {});
  }
}

/** Empty where there is none yet. */
function firstOf(source: PageSource): string {
  return source.rows()[0]?.m3terId ?? '';
}

function parse(text: string): Request | undefined {
  try {
    return REQUEST.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
