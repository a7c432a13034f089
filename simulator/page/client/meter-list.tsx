import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useDeferredValue, useMemo, useRef, useState } from 'react';
import { Input, Label, SearchField } from 'react-aria-components';
import { formatEnergy, formatPower } from '../../view/format';
import { oddityOf } from '../oddity';
import type { MeterRow } from '../page-state';
import { Choice } from './choice';
import { chosenRows, SORTS, type Sort } from './chosen-rows';

/** px */
const ROW_HEIGHT = 52;
/** Rows beyond the edges that are drawn ahead */
const OVERSCAN = 8;

interface MeterListProps {
  readonly rows: readonly MeterRow[];
  readonly shown: string | undefined;
  show(m3terId: string): void;
}

/** All meters, the odd ones first; only those in view are in the document, for there may be a thousand. */
export function MeterList({ rows, shown, show }: MeterListProps) {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<Sort>('odd');
  const wanted = useDeferredValue(search);
  const chosen = useMemo(() => chosenRows(rows, wanted, sort), [rows, wanted, sort]);
  return (
    <nav className="meters" aria-label="Meters">
      <SearchField className="search" value={search} onChange={setSearch}>
        <Label>Search</Label>
        <Input placeholder="name or number" />
      </SearchField>
      <Choice label="Sort by" choices={SORTS.map(name => [name, name])} value={sort} choose={setSort} />
      <p className="faint count" role="status">
        {chosen.length} of {rows.length} meters
      </p>
      <Rows rows={chosen} shown={shown} show={show} />
    </nav>
  );
}

function Rows({ rows, shown, show }: MeterListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  const selected = rows.findIndex(({ m3terId }) => m3terId === shown);
  const isDrawn = items.some(({ index }) => index === selected);
  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(event.key, selected, rows.length);
    const row = target === undefined ? undefined : rows[target];
    if (target === undefined || row === undefined) return;
    event.preventDefault();
    virtual.scrollToIndex(target);
    show(row.m3terId);
  };
  return (
    <div
      ref={scroller}
      className="rows"
      role="listbox"
      aria-label="Meters"
      tabIndex={0}
      aria-activedescendant={isDrawn ? `meter-${shown}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div className="rows-inside" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <Row
            key={rows[index]?.m3terId}
            row={rows[index] as MeterRow}
            place={[index + 1, rows.length]}
            top={start}
            isShown={index === selected}
            show={show}
          />
        ))}
      </div>
    </div>
  );
}

/** Where a key leads from a row; undefined: nowhere. */
function targetOf(key: string, from: number, count: number): number | undefined {
  if (key === 'ArrowDown') return Math.min(count - 1, from + 1);
  if (key === 'ArrowUp') return Math.max(0, from - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}

interface RowProps {
  readonly row: MeterRow;
  readonly place: readonly [position: number, count: number];
  /** px */
  readonly top: number;
  readonly isShown: boolean;
  show(m3terId: string): void;
}

const ODDITY_TEXT = { fault: 'fault', forged: 'not verified', off: 'off', offline: 'offline', low: 'low' };

function Row({ row, place, top, isShown, show }: RowProps) {
  const oddity = oddityOf(row);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the listbox, which has the focus
    <div
      id={`meter-${row.m3terId}`}
      className={isShown ? 'row shown' : 'row'}
      role="option"
      tabIndex={-1}
      aria-selected={isShown}
      aria-posinset={place[0]}
      aria-setsize={place[1]}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => show(row.m3terId)}
    >
      <span className="row-name">{row.name}</span>
      <span className={`badge ${oddity ?? 'well'}`}>{oddity === undefined ? 'on' : ODDITY_TEXT[oddity]}</span>
      <span className="row-power number">{formatPower(row.power ?? Number.NaN)}</span>
      <span className="row-balance number">{formatEnergy(row.balance)}</span>
    </div>
  );
}
