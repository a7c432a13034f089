import type { PageAction } from './page-action';
import type { MeterRow, MeterView, ScopeView, WorldView } from './page-state';
import type { SampleTail } from './sample-tail';

/** What happened to a meter lately: import and export in W, V, and the balance. */
export interface MeterHistory {
  /** The last half hour, a sample each 2 s, or as they come */
  readonly recent: SampleTail;
  /** The last seven days, a sample each 15 min or so */
  readonly days: SampleTail;
}

/** Where the page has from what it shows. It is asked some ten times a second, and only while somebody looks. */
export interface PageSource {
  world(): WorldView;
  /** One row for each meter, always in the same order. */
  rows(): readonly MeterRow[];
  /** Undefined when there is no such meter. */
  meter(m3terId: string): MeterView | undefined;
  history(m3terId: string): MeterHistory | undefined;
  /** Undefined, or absent, where there are no samples to show. */
  scope?(m3terId: string): ScopeView | undefined;
  /**
   * Does it, and says in a few words what was done. Absent: nobody may act.
   * @throws Failure that says why it could not be done
   */
  act?(action: PageAction): Promise<string>;
}
