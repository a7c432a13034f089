/** A process that runs the storms it is sent, one after the other, and sends back what came of each. */
import type { Job } from './jobs';
import { runStorm } from './storm';

process.on('disconnect', () => process.exit());
process.on('message', async ({ scenario, seed, cuts }: Job) => {
  const report = await runStorm(scenario, seed, cuts);
  process.send?.(report);
});
