import { memo, useDeferredValue, useMemo, useState } from 'react';
import { Input, Label, SearchField } from 'react-aria-components';
import { formatEnergy } from '../../view/format';
import type { MeterRow } from '../page-state';
import { Choice } from './choice';
import { chosenRows, countsOf, owedBy, SHOWS, type Show, SORTS, type Sort } from './chosen-rows';
import { MeterRows } from './meter-rows';
import { ODDITY_WORDS } from './words';

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  odd: 'trouble',
  name: 'name',
  power: 'power',
  balance: 'balance',
};

interface MeterListProps {
  readonly rows: readonly MeterRow[];
  readonly shown: string | undefined;
  show(m3terId: string): void;
}

/** All meters, or those in one kind of trouble, and what they owe together. */
export const MeterList = memo(function MeterList({ rows, shown, show }: MeterListProps) {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<Sort>('odd');
  const [kind, setKind] = useState<Show>('all');
  const wanted = useDeferredValue(search);
  const chosen = useMemo(() => chosenRows(rows, wanted, sort, kind), [rows, wanted, sort, kind]);
  const counts = useMemo(() => countsOf(rows), [rows]);
  const owed = useMemo(() => owedBy(chosen), [chosen]);
  const kinds = SHOWS.map(
    show => [`${show === 'all' ? 'all' : ODDITY_WORDS[show]} ${counts[show]}`, show] as const,
  );
  return (
    <nav className="meters" aria-label="Meters">
      <SearchField className="search" value={search} onChange={setSearch}>
        <Label>Search</Label>
        <Input placeholder="name or number" />
      </SearchField>
      <Choice label="Show" choices={kinds} value={kind} choose={setKind} />
      <Choice
        label="Sort by"
        choices={SORTS.map(name => [SORT_WORDS[name], name])}
        value={sort}
        choose={setSort}
      />
      {/* of how many are in trouble a screen reader would never cease to tell */}
      <p className="faint count" role={kind === 'all' ? 'status' : undefined}>
        {chosen.length} of {rows.length} meters{owed > 0 && ` · ${formatEnergy(owed)} owed`}
      </p>
      <MeterRows key={`${sort} ${kind} ${wanted}`} rows={chosen} shown={shown} show={show} />
    </nav>
  );
});
