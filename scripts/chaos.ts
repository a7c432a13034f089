/**
 * Whether meters keep their promises through days in which everything fails at once: `chaos.ts [--days D] [--seed S]
 * [--meters N]`. Network, broker, operator, clock and power fail, packets are lost, doubled and reordered. Ends with a
 * line for each promise. The same seed gives the same days.
 */
import { parseArgs } from 'node:util';
import { untilInterrupted } from '../simulator/cli/interruption';
import { print, seedOf, tell, wholeNumber } from './campaign/command-line';
import { campaignProgress } from './campaign/progress';
import { runChaos } from './chaos/chaos';
import { describe, reportLines } from './chaos/report-lines';

try {
  const { values } = parseArgs({
    options: {
      days: { type: 'string', default: '30' },
      seed: { type: 'string', default: `${Date.now() % 1e6}` },
      meters: { type: 'string', default: '1' },
    },
  });
  const seed = seedOf(values.seed);
  await run(seed, wholeNumber('--days', values.days), wholeNumber('--meters', values.meters));
} catch (error) {
  tell(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** With all counts so far at the end, also when Ctrl-C is the end. */
async function run(seed: string, days: number, meters: number): Promise<void> {
  const plan = { seed, days, meters };
  await untilInterrupted(async signal => {
    tell(`seed ${seed}`);
    const progress = campaignProgress(days, day => `day ${day.toFixed(1)} of ${days}`);
    const report = await runChaos({
      ...plan,
      signal,
      onBreach: breach => tell(describe(breach, plan)),
      onProgress: progress.update,
    }).finally(progress.stop);
    for (const line of reportLines(report)) print(line);
    if (report.breaches.length > 0) process.exitCode = 1;
  });
}
