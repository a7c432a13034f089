import { formatClock, formatDate } from '../view/format';
import type { Extent } from './report-data';

/** That a report is a partial one, and how far it goes, as a sentence. */
export function extentText({ read, of, unit, until }: Extent): string {
  const share = `${count(read)} of ${count(of)} ${unit}`;
  const end =
    until === undefined ? '' : `; nothing later than ${formatDate(until)} ${formatClock(until)} UTC is in it`;
  return `Partial: interrupted after ${share}${end}.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}
