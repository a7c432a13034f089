import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../errors';
import { refuseToOverwrite } from './refuse-to-overwrite';
import { csvFiles } from './report-csv';
import type { ReportData } from './report-data';
import { reportHtml } from './report-html';

/** @throws Failure when the file cannot be written */
export async function writeReport(path: string, data: ReportData): Promise<void> {
  const html = await reportHtml(data);
  writing(path, () => writeFileSync(path, html));
}

/**
 * Writes each table of each meter, and the totals, as a file.
 * @throws Failure when one exists and may not be overwritten, or cannot be written
 */
export function writeCsv(directory: string, data: ReportData, mayOverwrite: boolean): void {
  const files = csvFiles(data);
  if (!mayOverwrite) for (const name of files.keys()) refuseToOverwrite('--csv', join(directory, name));
  writing(directory, () => {
    mkdirSync(directory, { recursive: true });
    for (const [name, text] of files) writeFileSync(join(directory, name), text);
  });
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(`${path}: expected to be able to write it, got ${code}`);
  }
}
