import { rankOf } from '../oddity';
import type { MeterRow } from '../page-state';

/** What a list may go by. */
export const SORTS = ['odd', 'name', 'power', 'balance'] as const;
export type Sort = (typeof SORTS)[number];

const BY_NAME = new Intl.Collator('en', { numeric: true });

/** Less than anything that is known; a difference of two is 0. */
const UNKNOWN = -Number.MAX_VALUE;

const COMPARE: Readonly<Record<Sort, (a: MeterRow, b: MeterRow) => number>> = {
  odd: (a, b) => rankOf(a) - rankOf(b),
  name: () => 0,
  power: (a, b) => (b.power ?? UNKNOWN) - (a.power ?? UNKNOWN),
  balance: (a, b) => (a.balance ?? UNKNOWN) - (b.balance ?? UNKNOWN),
};

/** Those rows whose name or number holds what is searched for; equals by name. */
export function chosenRows(rows: readonly MeterRow[], search: string, sort: Sort): MeterRow[] {
  const wanted = search.trim().toLowerCase();
  return rows
    .filter(({ name, m3terId }) => name.toLowerCase().includes(wanted) || m3terId === wanted)
    .sort((a, b) => COMPARE[sort](a, b) || BY_NAME.compare(a.name, b.name));
}
