import { ODDITIES, type Oddity, oddityOf, rankOf } from '../oddity';
import type { MeterRow } from '../page-state';

/** What a list may go by. */
export const SORTS = ['odd', 'name', 'power', 'balance'] as const;
export type Sort = (typeof SORTS)[number];

/** Which meters are shown. */
export const SHOWS = ['all', ...ODDITIES] as const;
export type Show = 'all' | Oddity;

const BY_NAME = new Intl.Collator('en', { numeric: true });

/** Less than anything that is known; a difference of two is 0. */
const UNKNOWN = -Number.MAX_VALUE;

const COMPARE: Readonly<Record<Sort, (a: MeterRow, b: MeterRow) => number>> = {
  odd: (a, b) => rankOf(a) - rankOf(b),
  name: () => 0,
  power: (a, b) => (b.power ?? UNKNOWN) - (a.power ?? UNKNOWN),
  balance: (a, b) => (a.balance ?? UNKNOWN) - (b.balance ?? UNKNOWN),
};

/** Those of the kind whose name or number holds what is searched for; equals by name. */
export function chosenRows(
  rows: readonly MeterRow[],
  search: string,
  sort: Sort,
  show: Show = 'all',
): MeterRow[] {
  const wanted = search.trim().toLowerCase();
  return rows
    .filter(row => show === 'all' || oddityOf(row) === show)
    .filter(({ name, m3terId }) => name.toLowerCase().includes(wanted) || m3terId === wanted)
    .sort((a, b) => COMPARE[sort](a, b) || BY_NAME.compare(a.name, b.name));
}

/** How many there are of each kind. */
export function countsOf(rows: readonly MeterRow[]): Record<Show, number> {
  const counts = Object.fromEntries(SHOWS.map(show => [show, 0])) as Record<Show, number>;
  counts.all = rows.length;
  for (const row of rows) {
    const oddity = oddityOf(row);
    if (oddity !== undefined) counts[oddity]++;
  }
  return counts;
}

/** mWh that were used beyond what was paid for, all together. */
export function owedBy(rows: readonly MeterRow[]): number {
  return rows.reduce((sum, { balance = 0 }) => sum + Math.max(0, -balance), 0);
}

/** The rows in the order of before, as far as they were there; what is new comes last. @param order m3terIds */
export function inOrderOf(order: readonly string[], rows: readonly MeterRow[]): MeterRow[] {
  const places = new Map(order.map((m3terId, place) => [m3terId, place]));
  const placeOf = ({ m3terId }: MeterRow) => places.get(m3terId) ?? order.length;
  return [...rows].sort((a, b) => placeOf(a) - placeOf(b));
}
