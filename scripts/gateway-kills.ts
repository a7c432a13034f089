/**
 * Whether a gateway keeps its promises when it is killed again and again: `gateway-kills.ts [--kills N] [--seed S]`. Broker,
 * chain and `m3ter gateway` are real processes; meters talk and people pay all the time. Ends with a line for each promise.
 */
import { parseArgs } from 'node:util';
import { untilInterrupted } from '../simulator/cli/interruption';
import { print, seedOf, tell, wholeNumber } from './campaign/command-line';
import { campaignProgress } from './campaign/progress';
import { runGatewayKills } from './gateway-kills/campaign';
import { PROMISES } from './gateway-kills/promises';

const ENDING = 'Ending: a last gateway lives until it owes nobody anything …';

try {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: `${Date.now() % 1e6}` },
    },
  });
  await run(seedOf(values.seed), wholeNumber('--kills', values.kills));
} catch (error) {
  tell(`error: ${(error as Error).message}`);
  process.exitCode = 1;
}

/** With all counts so far at the end, also when Ctrl-C is the end. */
async function run(seed: string, kills: number): Promise<void> {
  await untilInterrupted(async signal => {
    tell(`seed ${seed}`);
    signal.addEventListener('abort', () => tell(ENDING), { once: true });
    const progress = campaignProgress(kills, done => `${done} of ${kills} kills`);
    const { counts, breaches } = await runGatewayKills({
      seed,
      kills,
      signal,
      onBreach: ({ promise, message }) => tell(`${promise}: ${message}`),
      onKill: progress.update,
    }).finally(progress.stop);
    for (const [name, count] of Object.entries(counts)) print(`${name} ${count}`);
    for (const name of PROMISES)
      print(`${name} ${breaches.filter(({ promise }) => promise === name).length}`);
    if (breaches.length > 0) process.exitCode = 1;
  });
}
