/**
 * Whether the meter keeps its promises when its power is cut again and again, on emulated flash: `torture.ts --cuts N
 * [--seed S]`; or when its process is killed on files that lose what was not synced: `torture.ts --processes N`. Ends
 * with a line for each promise. `--replay SCENARIO:SEED:CUT` shows again what broke one on emulated flash.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { untilInterrupted } from '../simulator/cli/interruption';
import { print, seedOf, tell, wholeNumber } from './campaign/command-line';
import { campaignProgress } from './campaign/progress';
import { runCampaign } from './torture/campaign';
import { type Job, jobsOf, parseReplay, replayText } from './torture/jobs';
import { runKills } from './torture/processes';
import { type Failure, runStorm } from './torture/storm';
import { Tally } from './torture/tally';

const CUTS = '1000000';
const LANES = availableParallelism();

try {
  const { values } = parseArgs({
    options: {
      cuts: { type: 'string', default: CUTS },
      processes: { type: 'string' },
      seed: { type: 'string', default: `${Date.now() % 1e6}` },
      replay: { type: 'string' },
    },
  });
  const { cuts, processes, replay } = values;
  const seed = seedOf(values.seed);
  if (replay !== undefined) await replayed(replay);
  else if (processes !== undefined) await kill(wholeNumber('--processes', processes), seed);
  else await cut(wholeNumber('--cuts', cuts), seed);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function cut(cuts: number, seed: string): Promise<void> {
  const tally = new Tally();
  return report(tally, seed, [cuts, 'cuts'], (signal, onDone) =>
    runCampaign(jobsOf(seed, cuts), LANES, signal, (job, outcome) => {
      tally.add(job.scenario, job.seed, outcome);
      onDone(tally.cuts);
      if (outcome.failure !== undefined) tell(describe(job, outcome.failure));
    }),
  );
}

/** Time has its part in what comes of real processes: nothing replays it. */
function kill(kills: number, seed: string): Promise<void> {
  const tally = new Tally();
  let done = 0;
  const lane = async (signal: AbortSignal, onDone: (done: number) => void, k: number) => {
    const share = Math.floor((kills + k) / LANES);
    const outcome = await runKills(`${seed}.${k}`, share, signal, () => onDone(++done));
    tally.add('processes', `${seed}.${k}`, outcome);
    if (outcome.failure !== undefined) tell(`${outcome.failure.breach}: ${outcome.failure.message}`);
  };
  return report(tally, seed, [kills, 'kills'], async (signal, onDone) => {
    await Promise.all(Array.from({ length: LANES }, (_, k) => lane(signal, onDone, k)));
  });
}

/** Runs it, shows how far it is, and tells all of them at the end, also when Ctrl-C is the end. */
async function report(
  tally: Tally,
  seed: string,
  [total, what]: readonly [total: number, what: string],
  run: (signal: AbortSignal, onDone: (done: number) => void) => Promise<void>,
): Promise<void> {
  await untilInterrupted(signal => {
    tell(`seed ${seed}`);
    const progress = campaignProgress(total, done => `${done} of ${total} ${what}`);
    return run(signal, progress.update).finally(progress.stop);
  });
  for (const line of tally.lines()) print(line);
  if (tally.findings.length > 0) process.exitCode = 1;
}

async function replayed(text: string): Promise<void> {
  const job = parseReplay(text);
  if (job === undefined) throw new Error(`--replay: expected SCENARIO:SEED:CUT, got ${text}`);
  const { failure } = await runStorm(job.scenario, job.seed, job.cuts);
  print(failure === undefined ? `${text} holds` : describe(job, failure));
  if (failure !== undefined) process.exitCode = 1;
}

function describe({ scenario, seed }: Job, { breach, message, cut: broken }: Failure): string {
  return `${breach}, --replay ${replayText(scenario, seed, broken)}: ${message}`;
}
