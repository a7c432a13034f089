/** Whether the firmware loses memory on XS: `leak.ts [--readings N]`; ends with a line for each promise. */

import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { buildImage } from '../hosts/xs/image';
import { runForLeaks } from '../test/support/leak-run';

const FEWEST = 200;

try {
  const { values } = parseArgs({ options: { readings: { type: 'string', default: '10000' } } });
  const readings = Number(values.readings);
  if (!Number.isInteger(readings) || readings < FEWEST)
    throw new Error(`--readings: expected a whole number from ${FEWEST}, got ${values.readings}`);
  const bar = new SingleBar({ stream: process.stderr }, Presets.shades_grey);
  bar.start(readings, 0);
  const report = await runForLeaks(await buildImage(), readings, sequence => bar.update(sequence));
  bar.stop();
  const { afterHundredth, afterLast, acknowledged } = report;
  process.stdout.write(`readings acknowledged ${acknowledged}\n`);
  process.stdout.write(`heap after the 100th reading ${afterHundredth} bytes\n`);
  process.stdout.write(`heap after the last ${afterLast} bytes\n`);
  process.stdout.write(`growth ${afterLast - afterHundredth}\n`);
  if (afterLast !== afterHundredth || acknowledged < readings) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
