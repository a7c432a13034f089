import test from 'ava';
import fc from 'fast-check';
import { csvFiles, csvName, tableCsv } from '../../../simulator/report/report-csv';
import type { EventRow, ReportedMeter } from '../../../simulator/report/report-data';
import { parseCsv } from './report-page';

const EVENT: EventRow = { at: 1, sequence: 2, name: 'boot', detail: '', verified: true };
const READINGS = {
  made: 3,
  received: 2,
  verified: 1,
  unverified: 1,
  missing: 1,
  acknowledged: 0,
  malformed: 0,
};
const NO_TABLES = { energy: [], accuracy: [], supply: [], readings: [], gaps: [], purchases: [], events: [] };

test('whatever an event says is read back by a reader of CSV', t => {
  fc.assert(
    fc.property(fc.string(), detail => {
      const [, row] = parseCsv(tableCsv('events', [{ ...EVENT, detail }]));
      t.deepEqual(row, ['1', '2', 'boot', /^[=+\-@\t\r]/.test(detail) ? `'${detail}` : detail, 'true']);
    }),
  );
});

test('a text is no formula, and a number below zero is a number', t => {
  t.regex(tableCsv('events', [{ ...EVENT, detail: '=HYPERLINK("x")' }]), /,"'=HYPERLINK\(""x""\)",/);
  t.is(
    tableCsv('energy', [{ at: 1, imported: 2, exported: 3, balance: -4 }]),
    'time_s,imported_mWh,exported_mWh,balance_mWh\r\n1,2,3,-4\r\n',
  );
});

test('what is not known is an empty cell', t => {
  const point = { at: 1, imported: 2, trueImported: 3.5, importedError: null, exported: 0, trueExported: 0 };
  t.is(tableCsv('accuracy', [{ ...point, exportedError: null }]).split('\r\n')[1], '1,2,3.5,,0,0,');
});

test('each meter has a file for each table with rows, and all have one for the totals', t => {
  const meter = (m3terId: string, chainId?: number): ReportedMeter => ({
    totals: {
      ...{ m3terId, readings: READINGS, events: 1, purchases: 0, cutOffs: 0 },
      ...(chainId !== undefined && { chainId }),
    },
    tables: { ...NO_TABLES, events: [EVENT] },
    counts: { energy: 0, accuracy: 0, supply: 0, readings: 0, gaps: 0, purchases: 0, events: 1 },
  });
  const meters = [meter('1'), meter('7', 100)];
  const files = csvFiles({ title: '', notes: [], from: 0, to: 0, meters, further: [] });
  t.deepEqual([...files.keys()], ['totals.csv', 'm3ter-1-events.csv', 'm3ter-100-7-events.csv']);
  const [heads = [], ...rows] = parseCsv(files.get('totals.csv') ?? '');
  t.deepEqual(
    rows.map(row => [
      row[heads.indexOf('m3terId')],
      row[heads.indexOf('chainId')],
      row[heads.indexOf('readings_made')],
    ]),
    [
      ['1', '', '3'],
      ['7', '100', '3'],
    ],
  );
  t.is(csvName({ ...meter('7', 100).totals }, 'gaps'), 'm3ter-100-7-gaps.csv');
});
