import { formatEnergy, formatError } from '../../view/format';
import type { MeterTotals } from '../report-data';
import { table } from './elements';

const HEADS = [
  'M3ter',
  'Imported',
  'Exported',
  'Debited',
  'Credited',
  'Withdrawn',
  'Fed in',
  'Balance',
  'Error',
  'Cut off',
  'Readings made',
  'Received',
  'Verified',
  'Missing',
  'Acknowledged',
  'Device',
];

/** A line a meter. */
export function totalsTable(meters: readonly MeterTotals[]): HTMLElement {
  return table(HEADS, meters.map(cells));
}

function cells(totals: MeterTotals): string[] {
  const { imported, exported, debited, credited, withdrawn, feedIn, balance, trueEnergy, readings } = totals;
  const energies = [imported, exported, debited, credited, withdrawn, feedIn, balance].map(formatEnergy);
  const isCompared = imported !== undefined && trueEnergy !== undefined;
  const { made, received, verified, missing, acknowledged } = readings;
  return [
    nameOf(totals),
    ...energies,
    isCompared ? formatError(imported, trueEnergy) : 'not known',
    ...[totals.cutOffs, made, received, verified, missing, acknowledged].map(String),
    totals.device ?? 'not known',
  ];
}

/** A meter's number, and its chain where that is known. */
export function nameOf({ m3terId, chainId }: MeterTotals): string {
  return chainId === undefined ? m3terId : `${m3terId} on chain ${chainId}`;
}
