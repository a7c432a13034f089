import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Crypto } from '../../firmware/host';
import { createCrypto } from '../../hosts/node/crypto';
import { Failure, UsageError } from '../errors';
import { withNativeSignatures } from '../native-signatures';
import { extentText } from '../report/extent-text';
import { refuseToOverwrite } from '../report/refuse-to-overwrite';
import { TOTALS_FILE } from '../report/report-csv';
import { type ReadProgress, type ReportData, totalsOfAll } from '../report/report-data';
import { pageClient } from '../report/report-html';
import { reportOfState } from '../report/state-directory';
import { reportOfTopicLog } from '../report/topic-log-report';
import { writeCsv, writeReport } from '../report/write-report';
import { unreadable } from './files';
import { untilInterrupted } from './interruption';
import { addressOption } from './options';
import { type Print, printLine } from './print';
import { type Progress, showProgress } from './progress';

interface ReportOptions {
  readonly out: string;
  readonly registry?: Uint8Array;
  readonly device?: Uint8Array;
  readonly csv?: string;
  readonly force?: true;
  readonly json?: true;
}

/** `m3ter report`: what a meter has kept, or was heard to say, as a page with plots. */
export function reportCommand(print: Print = printLine): Command {
  return new Command('report')
    .description(
      'Make one HTML page with plots of what a meter has on its flash, or of what meters said over MQTT.',
    )
    .argument(
      '<path>',
      "the state directory of m3ter meter, or a file of what mosquitto_sub -v -t 'm3ter/#' -F '%U %t %x' prints",
    )
    .option('--out <file>', 'the page', 'm3ter-report.html')
    .option('--registry <address>', 'the M3ter contract that a topic log is signed for', addressOption)
    .option(
      '--device <address>',
      'who must have signed (default: as the link message, or the first reading, says)',
      addressOption,
    )
    .option('--csv <dir>', 'everything plotted also as files of CSV')
    .option('--force', 'overwrite what is there')
    .option('--json', 'print the totals as one JSON object')
    .action(async (path: string, options: ReportOptions) => {
      const { out, csv, force } = options;
      if (!force) refuseToOverwrite('--out', out);
      if (!force && csv !== undefined) refuseToOverwrite('--csv', join(csv, TOTALS_FILE));
      await pageClient();
      await untilInterrupted(signal => run(path, options, print, signal));
    });
}

/** Ctrl-C ends the reading: the report is then of what was read until then, and says so. */
async function run(path: string, options: ReportOptions, print: Print, signal: AbortSignal): Promise<void> {
  const { out, csv, force, json } = options;
  const data = await read(withNativeSignatures(createCrypto()), path, options, signal);
  if (csv !== undefined) writeCsv(csv, data, force === true);
  await writeReport(out, data);
  for (const line of json ? [totalsJson(data)] : lines(out, data)) print(line);
}

async function read(
  crypto: Crypto,
  path: string,
  { registry, device }: ReportOptions,
  signal: AbortSignal,
): Promise<ReportData> {
  const place = placeOf(path);
  if (place.isDirectory()) {
    if (registry !== undefined)
      throw new UsageError(
        '--registry: expected a topic log that it is of, got a state directory, which names its own',
      );
    return shown('entries', onProgress => reportOfState(crypto, path, { device, signal, onProgress }));
  }
  if (registry === undefined) throw new UsageError('expected --registry ADDRESS for a topic log, got none');
  // it is read twice
  if (!place.isFile()) throw new Failure(`topic log ${path}: expected a file, got a pipe or a device`);
  const { size } = place;
  return shown('bytes', onProgress =>
    reportOfTopicLog(crypto, path, { registry, device, size, signal, onProgress }),
  );
}

/** With a bar of how far it is, one for each thing that it does. */
async function shown<Made>(unit: string, make: (onProgress: ReadProgress) => Promise<Made>): Promise<Made> {
  const bars = new Map<string, Progress>();
  const stop = () => {
    for (const bar of bars.values()) bar.stop();
    bars.clear();
  };
  try {
    return await make((doing, done, of) => {
      if (!bars.has(doing)) {
        stop();
        bars.set(
          doing,
          showProgress(of, read => `${doing}: ${count(read)} of ${count(of)} ${unit}`),
        );
      }
      bars.get(doing)?.update(done);
    });
  } finally {
    stop();
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function placeOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable('report of', path, error);
  }
}

function totalsJson(data: ReportData): string {
  const { title, notes, partial, from, to } = data;
  return JSON.stringify({ title, notes, partial, from, to, meters: totalsOfAll(data) });
}

function lines(out: string, data: ReportData): string[] {
  const about = totalsOfAll(data).map(({ m3terId, readings, events, purchases }) => {
    const { received, verified, missing, malformed } = readings;
    const garbage = malformed > 0 ? `, ${malformed} malformed` : '';
    return `M3ter ${m3terId}: ${verified} of ${received} readings verified, ${missing} missing${garbage}; ${events} events, ${purchases} purchases`;
  });
  const { partial, notes } = data;
  return [...about, ...notes, ...(partial ? [extentText(partial)] : []), `${out} written`];
}
