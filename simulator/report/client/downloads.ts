import { csvName, TOTALS_FILE, tableCsv, totalsCsv } from '../report-csv';
import type { ReportData, ReportedMeter, TableName } from '../report-data';
import { element } from './elements';

/** A link to what is shown, as a file; made from the data in the page. */
export function tableDownload({ totals, tables }: ReportedMeter, name: TableName): HTMLElement {
  return download(csvName(totals, name), () => tableCsv(name, tables[name]));
}

export function totalsDownload({ meters }: ReportData): HTMLElement {
  return download(TOTALS_FILE, () => totalsCsv(meters.map(({ totals }) => totals)));
}

function download(name: string, text: () => string): HTMLElement {
  const link = element('a', { class: 'download', download: name, href: '#' }, name);
  // made when it is asked for: there may be many, of which few are
  link.addEventListener('click', () => {
    if (link.protocol !== 'blob:') link.href = URL.createObjectURL(new Blob([text()], { type: 'text/csv' }));
  });
  return link;
}
