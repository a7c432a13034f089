import type { ReportData, ReportedMeter } from './report-data';

/** Of more a page takes a browser long to open. */
const MOST_METERS = 1000;

/** Puts a report together; its time is that of all that is in it. Of very many meters it shows the odd ones first. */
export function reportOfMeters(
  about: Pick<ReportData, 'title' | 'notes' | 'partial'>,
  all: readonly ReportedMeter[],
): ReportData {
  const oddFirst = all.length > MOST_METERS ? [...all].sort((a, b) => oddity(b) - oddity(a)) : all;
  const meters = oddFirst.slice(0, MOST_METERS);
  const further = oddFirst.slice(MOST_METERS).map(({ totals }) => totals);
  const notes = [...about.notes];
  if (further.length > 0)
    notes.push(
      `${meters.length} of ${all.length} meters are shown, the odd ones first; totals.csv of m3ter report --csv has all.`,
    );
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { tables } of meters)
    for (const rows of Object.values(tables) as (readonly { at: number; until?: number }[])[])
      for (const { at, until = at } of rows) [from, to] = [Math.min(from, at), Math.max(to, until)];
  return { ...about, notes, from: Math.min(from, to), to, meters, further };
}

/** How much there is about a meter that somebody should look at. */
function oddity({ totals: { readings, cutOffs } }: ReportedMeter): number {
  const { unverified, missing, malformed } = readings;
  return unverified + missing + malformed + cutOffs;
}
