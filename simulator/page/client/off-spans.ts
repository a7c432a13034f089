import type { SupplyChange } from '../page-state';

/** A time without supply, or without it for another reason than before. */
export interface OffSpan {
  /** Unix seconds; `to` infinite: it lasts */
  readonly from: number;
  readonly to: number;
  /** A SupplyReason, or `unplugged` */
  readonly reason: string;
}

/** @param changes oldest first */
export function offSpans(changes: readonly SupplyChange[]): OffSpan[] {
  return changes.flatMap(({ at, closed, reason }, index) =>
    closed ? [] : [{ from: at, to: changes[index + 1]?.at ?? Number.POSITIVE_INFINITY, reason }],
  );
}

/** How the supply was then; undefined: before all that is told. @param changes oldest first @param time Unix seconds */
export function supplyAt(changes: readonly SupplyChange[], time: number): SupplyChange | undefined {
  return changes.findLast(({ at }) => at <= time);
}
