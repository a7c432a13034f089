/**
 * Whether the meter takes whatever it is told: `fuzz.ts --inputs N [--seed S]` tries so many inputs at every place that
 * takes what comes from outside. Ends with a line for each promise. `--replay TARGET:SEED:NUMBER` tries one of them again.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { untilInterrupted } from '../simulator/cli/interruption';
import { print, seedOf, tell, wholeNumber } from './campaign/command-line';
import { campaignProgress } from './campaign/progress';
import { runCampaign } from './fuzz/campaign';
import { type Job, jobsOf, parseReplay, replayText } from './fuzz/jobs';
import { type Failure, type JobReport, runJob } from './fuzz/run-job';
import { Tally } from './fuzz/tally';

const INPUTS = '10000000';
/** Failures that are told one by one; a defect that shows with every input is told by then. */
const MOST_TOLD = 50;

try {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: INPUTS },
      seed: { type: 'string', default: `${Date.now() % 1e6}` },
      replay: { type: 'string' },
    },
  });
  const { inputs, replay } = values;
  const seed = seedOf(values.seed);
  if (replay !== undefined) replayed(replay);
  else await fuzz(wholeNumber('--inputs', inputs), seed);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** Shows how far it is, and tells all counts at the end, also when Ctrl-C is the end. */
async function fuzz(inputs: number, seed: string): Promise<void> {
  const tally = new Tally();
  const onReport = (job: Job, report: JobReport) => {
    tally.add(job, report);
    if (report.failure !== undefined && tally.failures.length <= MOST_TOLD)
      tell(describe(job, report.failure));
  };
  const onGrowth = (bytes: number) => tally.addGrowth(bytes);
  await untilInterrupted(signal => {
    tell(`seed ${seed}`);
    const progress = campaignProgress(inputs, done => `${done} of ${inputs} inputs`);
    const onTold = (job: Job, report: JobReport) => {
      onReport(job, report);
      progress.update(tally.inputs);
    };
    const jobs = jobsOf(seed, inputs);
    return runCampaign(jobs, availableParallelism(), signal, onTold, onGrowth).finally(progress.stop);
  });
  for (const line of tally.lines()) print(line);
  if (tally.isBroken) process.exitCode = 1;
}

function replayed(text: string): void {
  const job = parseReplay(text);
  if (job === undefined) throw new Error(`--replay: expected TARGET:SEED:NUMBER, got ${text}`);
  const { failure } = runJob(job);
  print(failure === undefined ? `${text} holds` : describe(job, failure));
  if (failure !== undefined) process.exitCode = 1;
}

function describe(job: Job, { breach, message, number, input }: Failure): string {
  return `${breach}, --replay ${replayText(job, number)}: ${message}; input ${input}`;
}
