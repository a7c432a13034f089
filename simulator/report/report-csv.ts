import {
  type MeterTables,
  type MeterTotals,
  type ReportData,
  type TableName,
  totalsOfAll,
} from './report-data';

/** Of a table, in their order: the column of a row, and its name in the file. */
const COLUMNS: { readonly [Name in TableName]: Readonly<Record<keyof MeterTables[Name][number], string>> } = {
  energy: { at: 'time_s', imported: 'imported_mWh', exported: 'exported_mWh', balance: 'balance_mWh' },
  accuracy: {
    at: 'time_s',
    imported: 'imported_mWh',
    trueImported: 'true_imported_mWh',
    importedError: 'imported_error_percent',
    exported: 'exported_mWh',
    trueExported: 'true_exported_mWh',
    exportedError: 'exported_error_percent',
  },
  supply: { at: 'from_s', until: 'until_s', closed: 'closed', reason: 'reason' },
  readings: {
    at: 'time_s',
    sequence: 'sequence',
    verified: 'verified',
    acknowledged: 'acknowledged',
    problems: 'problems',
  },
  gaps: { at: 'from_s', until: 'until_s', first: 'first_missing', last: 'last_missing' },
  purchases: { at: 'time_s', energy: 'energy_mWh' },
  events: { at: 'time_s', sequence: 'sequence', name: 'event', detail: 'detail', verified: 'verified' },
};

export const TABLE_NAMES = Object.keys(COLUMNS) as readonly TableName[];

export const TOTALS_FILE = 'totals.csv';

type Cell = string | number | boolean | null | undefined;

/** One table of one meter as CSV (RFC 4180), with a line of names. */
export function tableCsv<Name extends TableName>(name: Name, rows: MeterTables[Name]): string {
  const columns = Object.entries(COLUMNS[name]) as [string, string][];
  const cells = (rows as readonly object[]).map(row =>
    columns.map(([key]) => (row as Readonly<Record<string, Cell>>)[key]),
  );
  return csv([columns.map(([, title]) => title), ...cells]);
}

/** The totals of all meters, a line each. */
export function totalsCsv(meters: readonly MeterTotals[]): string {
  const rows = meters.map(
    ({ readings, ...totals }) => ({ ...totals, ...prefixed(readings) }) as Record<string, Cell>,
  );
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))];
  return csv([names, ...rows.map(row => names.map(name => row[name]))]);
}

/** What the file of a table is called. */
export function csvName({ chainId, m3terId }: MeterTotals, table: TableName): string {
  return `${['m3ter', ...(chainId === undefined ? [] : [chainId]), m3terId, table].join('-')}.csv`;
}

/** Every table of a report that has rows, and the totals: by name, what the file holds. */
export function csvFiles(data: ReportData): ReadonlyMap<string, string> {
  const files = new Map([[TOTALS_FILE, totalsCsv(totalsOfAll(data))]]);
  for (const { totals, tables } of data.meters)
    for (const name of TABLE_NAMES)
      if (tables[name].length > 0) files.set(csvName(totals, name), tableCsv(name, tables[name]));
  return files;
}

function prefixed(readings: MeterTotals['readings']): Record<string, Cell> {
  return Object.fromEntries(Object.entries(readings).map(([name, count]) => [`readings_${name}`, count]));
}

function csv(lines: readonly (readonly Cell[])[]): string {
  return lines.map(cells => `${cells.map(cellText).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection). */
function cellText(cell: Cell): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
