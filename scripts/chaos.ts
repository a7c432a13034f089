/**
 * Whether meters keep their promises through days in which everything fails at once: `chaos.ts [--days D] [--seed S]
 * [--meters N]`. Network, broker, operator, clock and power fail, packets are lost, doubled and reordered. Ends with a
 * line for each promise. The same seed gives the same days.
 */
import { parseArgs } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { print, seedOf, tell, untilInterrupted, wholeNumber } from './campaign/command-line';
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
    const progress = showProgress(days);
    const report = await runChaos({
      ...plan,
      signal,
      onBreach: breach => tell(describe(breach, plan)),
      onProgress: progress.update,
    });
    progress.stop();
    for (const line of reportLines(report)) print(line);
    if (report.breaches.length > 0) process.exitCode = 1;
  });
}

/** On a terminal only. */
function showProgress(days: number): { update(day: number): void; stop(): void } {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar(
    { clearOnComplete: true, format: '{bar} day {day} of {total}, {eta} s left' },
    Presets.shades_classic,
  );
  bar.start(days, 0, { day: '0.0' });
  return { update: day => bar.update(day, { day: day.toFixed(1) }), stop: () => bar.stop() };
}
