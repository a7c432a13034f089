import type { PageAction } from '../../../simulator/page/page-action';
import type { MeterHistory, PageSource } from '../../../simulator/page/page-source';
import type { MeterRow, MeterView, WorldView } from '../../../simulator/page/page-state';
import { SampleTail } from '../../../simulator/page/sample-tail';

const LINE = { voltage: 230, current: 1, activePower: 230, powerFactor: 1, frequency: 50 };

/** As many meters as one likes, with whatever names, and a note of all that was asked for. */
export class FakeSource implements PageSource {
  readonly acts: PageAction[] = [];
  readonly #rows: MeterRow[] = [];
  readonly #history: MeterHistory = { recent: new SampleTail(10), days: new SampleTail(10) };

  constructor(names: readonly string[]) {
    for (const name of names) this.add(name);
    this.#history.recent.add([1000, 100, 0, 230, 1e6]);
  }

  /** Another meter, with the next number. */
  add(name: string): void {
    const index = this.#rows.length;
    this.#rows.push({
      ...{ m3terId: String(index + 1), name, power: 100 + index, balance: 1e6 * (index + 1) },
      ...{ closed: true, reason: 'supplied', lowBalance: false, online: true, unverified: 0 },
    });
  }

  /** Changes what one of the rows says. */
  change(m3terId: string, change: Partial<MeterRow>): void {
    const index = this.#rows.findIndex(row => row.m3terId === m3terId);
    this.#rows[index] = { ...(this.#rows[index] as MeterRow), ...change };
  }

  world(): WorldView {
    return { time: 1000, speed: 60, paused: false };
  }

  rows(): readonly MeterRow[] {
    return this.#rows;
  }

  meter(m3terId: string): MeterView | undefined {
    const row = this.#rows.find(candidate => candidate.m3terId === m3terId);
    if (row === undefined) return undefined;
    const { name } = row;
    return {
      ...row,
      ...{
        address: name,
        topic: name,
        line: LINE,
        money: name,
        circle: [{ step: 'payment', figure: name, isDone: true }],
      },
      readings: [{ sequence: 1, time: 1000, imported: 5, problem: name, acknowledged: false, digest: name }],
      supply: [],
      events: [{ sequence: 1, time: 1000, name, detail: name }],
      appliances: [{ name, power: 1 }],
      controls: { pay: { unit: name, amounts: [1] } },
    };
  }

  history(): MeterHistory {
    return this.#history;
  }

  async act(action: PageAction): Promise<string> {
    this.acts.push(action);
    if (action.kind === 'ask') throw new Error('nobody there');
    return 'done';
  }
}

/** A meter that is no simulation, and of which nothing was heard until it is `heard`. */
export class FakeRealSource extends FakeSource {
  heard = false;

  constructor() {
    super(['M3ter 1']);
    this.change('1', { closed: false, reason: 'unheard', power: undefined, balance: undefined });
  }

  override world(): WorldView {
    return { time: 1000 };
  }

  override meter(m3terId: string): MeterView | undefined {
    const view = super.meter(m3terId);
    const controls = { supply: this.acts.at(-1)?.kind !== 'supply', limit: 0 };
    const rest = { controls, balanceAt: this.heard ? 900 : undefined };
    return view && { ...view, ...rest, line: this.heard ? LINE : undefined };
  }
}
