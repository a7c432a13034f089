import { formatEnergy, formatError } from '../../view/format';
import type { MeterTotals, ReadingCounts } from '../report-data';
import { type Cell, table } from './elements';

const ENERGIES = [
  ['Imported', 'imported'],
  ['Exported', 'exported'],
  ['Debited', 'debited'],
  ['Credited', 'credited'],
  ['Withdrawn', 'withdrawn'],
  ['Fed in', 'feedIn'],
  ['Balance', 'balance'],
] as const satisfies readonly (readonly [string, keyof MeterTotals])[];

const COUNTS = [
  ['Readings verified', 'verified'],
  ['Not verified', 'unverified'],
  ['Missing', 'missing'],
  ['Malformed', 'malformed'],
  ['Received', 'received'],
  ['Made', 'made'],
  ['Acknowledged', 'acknowledged'],
] as const satisfies readonly (readonly [string, keyof ReadingCounts])[];
/** Those of which there should be none. */
const ODD: ReadonlySet<keyof ReadingCounts> = new Set(['unverified', 'missing', 'malformed']);

/** A line a meter: its registers. */
export function energyTable(meters: readonly MeterTotals[]): HTMLElement {
  const isCompared = meters.some(({ trueEnergy }) => trueEnergy !== undefined);
  const heads = ['M3ter', ...ENERGIES.map(([head]) => head), ...(isCompared ? ['Error'] : []), 'Cut off'];
  return table(
    heads,
    meters.map(totals => [
      nameOf(totals),
      ...ENERGIES.map(([, name]) => formatEnergy(totals[name])),
      ...(isCompared ? [errorText(totals)] : []),
      oddIf(totals.cutOffs > 0, String(totals.cutOffs)),
    ]),
  );
}

/** A line a meter: its readings, its events, and who signs them. */
export function readingTable(meters: readonly MeterTotals[]): HTMLElement {
  return table(
    ['M3ter', ...COUNTS.map(([head]) => head), 'Events', 'Device'],
    meters.map(totals => [
      nameOf(totals),
      ...COUNTS.map(([, name]) => {
        const count = totals.readings[name];
        return oddIf(ODD.has(name) && count > 0, String(count));
      }),
      String(totals.events),
      totals.device ?? 'not known',
    ]),
  );
}

/** A meter's number, and its chain where that is known. */
export function nameOf({ m3terId, chainId }: MeterTotals): string {
  return chainId === undefined ? m3terId : `${m3terId} on chain ${chainId}`;
}

function errorText({ imported, trueEnergy }: MeterTotals): string {
  return imported === undefined || trueEnergy === undefined ? 'not known' : formatError(imported, trueEnergy);
}

function oddIf(isOdd: boolean, text: string): Cell {
  return isOdd ? { odd: text } : text;
}
