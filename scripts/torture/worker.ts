/** A process that runs the storms it is sent, one after the other, and sends back what came of each. */
import type { Job } from './jobs';
import { runStorm } from './storm';

// Ctrl-C reaches all processes of a terminal: the parent decides what becomes of it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
process.on('message', async ({ scenario, seed, cuts }: Job) => {
  const report = await runStorm(scenario, seed, cuts);
  process.send?.(report);
});
