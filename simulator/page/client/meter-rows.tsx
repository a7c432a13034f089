import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useRef, useState } from 'react';
import { formatEnergy, formatPower } from '../../view/format';
import { oddityOf } from '../oddity';
import type { MeterRow } from '../page-state';
import { inOrderOf } from './chosen-rows';
import { ODDITY_WORDS, supplyWords } from './words';

/** px */
const ROW_HEIGHT = 52;
/** Rows beyond the edges that are drawn ahead */
const OVERSCAN = 8;

interface MeterRowsProps {
  /** As they are to be ordered */
  readonly rows: readonly MeterRow[];
  readonly shown: string | undefined;
  show(m3terId: string): void;
}

/**
 * The list itself; only rows in view are in the document, for there may be a thousand. As long as a pointer or the focus is
 * in it they keep their places: nobody is to hit another meter than the one aimed at.
 */
export function MeterRows({ rows: sorted, shown, show }: MeterRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<readonly string[]>();
  const rows = held === undefined ? sorted : inOrderOf(held, sorted);
  const hold = () => setHeld(order => order ?? sorted.map(({ m3terId }) => m3terId));
  const letGo = () => {
    const box = scroller.current;
    if (box !== null && !box.matches(':hover') && document.activeElement !== box) setHeld(undefined);
  };
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
      onPointerEnter={hold}
      onPointerLeave={letGo}
      onFocus={hold}
      onBlur={letGo}
    >
      <div className="rows-inside" role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => (
          <Row
            key={rows[index]?.m3terId}
            row={rows[index] as MeterRow}
            position={index + 1}
            count={rows.length}
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
  /** From 1, of so many */
  readonly position: number;
  readonly count: number;
  /** px */
  readonly top: number;
  readonly isShown: boolean;
  show(m3terId: string): void;
}

const Row = memo(function Row({ row, position, count, top, isShown, show }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the listbox, which has the focus
    <div
      id={`meter-${row.m3terId}`}
      className={isShown ? 'row shown' : 'row'}
      role="option"
      tabIndex={-1}
      aria-selected={isShown}
      aria-posinset={position}
      aria-setsize={count}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => show(row.m3terId)}
    >
      <span className="row-name">{row.name}</span>
      <span className={`badge ${oddityOf(row) ?? 'well'}`}>{badgeText(row)}</span>
      <span className="row-power number">{formatPower(row.power ?? Number.NaN)}</span>
      <span className="row-balance number">{formatEnergy(row.balance)}</span>
    </div>
  );
});

/** What is wrong, and why there is no supply. */
function badgeText(row: MeterRow): string {
  const oddity = oddityOf(row);
  if (oddity === 'fault' || oddity === 'off') return supplyWords(row.reason).brief;
  if (oddity !== undefined) return ODDITY_WORDS[oddity];
  return row.reason === 'unheard' ? supplyWords(row.reason).brief : 'on';
}
