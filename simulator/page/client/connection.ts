import type { MeterChange, Reply, Request, Update } from '../messages';
import type { PageAction } from '../page-action';
import type { MeterRow, MeterView, ScopeView, WorldView } from '../page-state';
import { DAYS, RECENT, SampleTail } from '../sample-tail';
import type { HistorySpan } from './history-span';
import { PageClock } from './page-clock';

/** ms from a lost connection to the next attempt */
const RETRY = 1000;

/** All that the page knows at a moment; each is a new object. */
export interface PageModel {
  readonly status: 'connecting' | 'open' | 'lost';
  readonly mayAct: boolean;
  readonly world?: WorldView;
  readonly meter?: MeterView;
  readonly scope?: ScopeView;
  /** In the order of their coming */
  readonly rows: readonly MeterRow[];
  /** To the last action; numbered, so that the same words twice are two answers */
  readonly answer?: { readonly number: number; readonly ok: boolean; readonly text: string };
}

/** The page's end of its WebSocket, as a store for React; the samples of the charts go by it. */
export class PageConnection {
  readonly clock = new PageClock();
  recent = new SampleTail(RECENT.length);
  days = new SampleTail(DAYS.length);
  readonly #address: string;
  readonly #token: string;
  readonly #rows = new Map<string, MeterRow>();
  readonly #listeners = new Set<() => void>();
  #socket: WebSocket | undefined;
  /** Undefined: whichever the server shows first */
  #shown: string | undefined;
  #answers = 0;
  #model: PageModel = { status: 'connecting', mayAct: false, rows: [] };

  /** @param token that lets the page act, or empty */
  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
    this.#connect();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getModel = (): PageModel => this.#model;

  /** Without a connection it is answered at once that nothing was done. */
  readonly act = (action: PageAction): void => {
    if (this.#model.status === 'open') this.#send({ type: 'act', action });
    else this.#answer(false, 'Not connected: nothing was done');
  };

  /** Unix seconds up to which samples tell: the last days have none of the last minutes. */
  endOf(span: HistorySpan): number {
    return Math.max(this[span].last, this.recent.last);
  }

  /** Shows another meter from now on. */
  readonly show = (m3terId: string): void => {
    if (m3terId === this.#model.meter?.m3terId) return;
    this.#shown = m3terId;
    this.#forgetSamples();
    this.#send({ type: 'show', m3terId });
  };

  #connect(): void {
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.onopen = () => {
      this.#forgetSamples();
      this.#send({ type: 'hello', token: this.#token });
      if (this.#shown !== undefined) this.#send({ type: 'show', m3terId: this.#shown });
    };
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data) as Reply);
    socket.onclose = () => {
      this.#change({ status: 'lost' });
      setTimeout(() => this.#connect(), RETRY);
    };
  }

  #send(request: Request): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  #take(reply: Reply): void {
    if (reply.type === 'welcome') this.#change({ status: 'open', mayAct: reply.mayAct });
    else if (reply.type === 'answer') this.#answer(reply.ok, reply.text);
    else this.#update(reply);
  }

  #answer(ok: boolean, text: string): void {
    this.#change({ answer: { number: ++this.#answers, ok, text } });
  }

  #update({ world, meter: whole, change, scope, recent, days, rows }: Update): void {
    const meter = whole ?? (change && changed(this.#model.meter, change));
    this.clock.observe(world.time, performance.now());
    for (const row of rows ?? []) this.#rows.set(row.m3terId, row);
    // of the meter before, on its way when another was asked for
    const isShown = this.#shown === undefined || meter?.m3terId === this.#shown;
    if (isShown && recent) this.recent.append(recent);
    if (isShown && days) this.days.append(days);
    this.#change({
      world,
      ...(isShown && meter && { meter }),
      ...(isShown && scope && { scope }),
      ...(rows && { rows: [...this.#rows.values()] }),
    });
  }

  #forgetSamples(): void {
    this.recent = new SampleTail(RECENT.length);
    this.days = new SampleTail(DAYS.length);
  }

  #change(change: Partial<PageModel>): void {
    this.#model = { ...this.#model, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** What stands still is the very same object: panels that show nothing else need not be drawn anew. */
function changed(meter: MeterView | undefined, change: MeterChange): MeterView | undefined {
  if (meter?.m3terId !== change.m3terId) return undefined;
  const fields = Object.entries({ ...meter, ...change }).filter(([, value]) => value !== null);
  return Object.fromEntries(fields) as unknown as MeterView;
}
