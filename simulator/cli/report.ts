import { statSync } from 'node:fs';
import { Presets, SingleBar } from 'cli-progress';
import { Command } from 'commander';
import type { Crypto } from '../../firmware/host';
import { createCrypto } from '../../hosts/node/crypto';
import { UsageError } from '../errors';
import { withNativeSignatures } from '../native-signatures';
import { refuseToOverwrite } from '../report/refuse-to-overwrite';
import type { ReportData } from '../report/report-data';
import { reportOfState } from '../report/state-directory';
import { readTopicLog } from '../report/topic-log';
import { reportOfTopicLog } from '../report/topic-log-report';
import { writeCsv, writeReport } from '../report/write-report';
import { unreadable } from './files';
import { addressOption } from './options';
import { type Print, printLine } from './print';

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
    .action((path: string, options: ReportOptions) => run(path, options, print));
}

async function run(path: string, options: ReportOptions, print: Print): Promise<void> {
  const { out, csv, force, json } = options;
  if (!force) refuseToOverwrite('--out', out);
  const data = await read(withNativeSignatures(createCrypto()), path, options);
  if (csv !== undefined) writeCsv(csv, data, force === true);
  await writeReport(out, data);
  for (const line of json ? [totalsJson(data)] : lines(out, data)) print(line);
}

async function read(crypto: Crypto, path: string, { registry, device }: ReportOptions): Promise<ReportData> {
  if (isDirectory(path)) {
    if (registry === undefined) return reportOfState(crypto, path, device);
    throw new UsageError(
      '--registry: expected a topic log that it is of, got a state directory, which names its own',
    );
  }
  if (registry === undefined) throw new UsageError('expected --registry ADDRESS for a topic log, got none');
  return reportOfTopicLog(crypto, path, await readTopicLog(path), registry, device, progressBar());
}

/** Where stderr is a terminal. */
function progressBar(): (done: number, all: number) => void {
  if (!process.stderr.isTTY) return () => {};
  const format = '{bar} meter {value} of {total}, {eta} s left';
  const bar = new SingleBar({ clearOnComplete: true, format }, Presets.shades_classic);
  return (done, all) => {
    if (done === 0) bar.start(all, 0);
    bar.update(done);
    if (done === all) bar.stop();
  };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable('report of', path, error);
  }
}

function totalsJson({ title, notes, from, to, meters }: ReportData): string {
  return JSON.stringify({ title, notes, from, to, meters: meters.map(({ totals }) => totals) });
}

function lines(out: string, { notes, meters }: ReportData): string[] {
  const about = meters.map(({ totals: { m3terId, readings, events, purchases } }) => {
    const { received, verified, missing } = readings;
    return `M3ter ${m3terId}: ${verified} of ${received} readings verified, ${missing} missing; ${events} events, ${purchases} purchases`;
  });
  return [...about, ...notes, `${out} written`];
}
