/** Whether the firmware loses memory on XS: `leak.ts [--readings N]`; ends with a line for each promise. */

import { parseArgs } from 'node:util';
import { buildImage } from '../hosts/xs/image';
import type { XsImage } from '../hosts/xs/xs-meter';
import { untilInterrupted } from '../simulator/cli/interruption';
import { type LeakReport, runForLeaks } from '../test/support/leak-run';
import { print, tell } from './campaign/command-line';
import { campaignProgress } from './campaign/progress';

const FEWEST = 200;

try {
  const { values } = parseArgs({ options: { readings: { type: 'string', default: '10000' } } });
  const readings = Number(values.readings);
  if (!Number.isInteger(readings) || readings < FEWEST)
    throw new Error(`--readings: expected a whole number from ${FEWEST}, got ${values.readings}`);
  const image = await buildImage();
  await untilInterrupted(signal => run(image, readings, signal));
} catch (error) {
  tell(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** With what is known so far at the end, also when Ctrl-C is the end. */
async function run(image: XsImage, readings: number, signal: AbortSignal): Promise<void> {
  const progress = campaignProgress(readings, made => `${made} of ${readings} readings`);
  const report = await runForLeaks(image, readings, progress.update, signal).finally(progress.stop);
  for (const line of reportLines(report)) print(line);
  const isShort = report.acknowledged < readings && !signal.aborted;
  if (report.afterLast !== report.afterHundredth || isShort) process.exitCode = 1;
}

function reportLines({ afterHundredth, afterLast, acknowledged }: LeakReport): string[] {
  const made = `readings acknowledged ${acknowledged}`;
  if (afterHundredth === undefined || afterLast === undefined) return [made];
  return [
    made,
    `heap after the 100th reading ${afterHundredth} bytes`,
    `heap after the last ${afterLast} bytes`,
    `growth ${afterLast - afterHundredth}`,
  ];
}
