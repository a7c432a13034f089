/**
 * Whether the meter takes whatever it is told: `fuzz.ts --inputs N [--seed S]` tries so many inputs at every place that
 * takes what comes from outside. Ends with a line for each promise. `--replay TARGET:SEED:NUMBER` tries one of them again.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { runCampaign } from './fuzz/campaign';
import { type Job, jobsOf, parseReplay, replayText } from './fuzz/jobs';
import { type Failure, runJob } from './fuzz/run-job';
import { Tally } from './fuzz/tally';

const INPUTS = '10000000';
/** ms */
const PROGRESS_INTERVAL = 10_000;
/** What shells say of what Ctrl-C ended. */
const INTERRUPTED = 130;
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
  const { inputs, seed, replay } = values;
  if (!/^\w+$/.test(seed)) throw new Error(`--seed: expected letters and digits, got ${seed}`);
  if (replay !== undefined) replayed(replay);
  else await fuzz(wholeNumber('--inputs', inputs), seed);
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

/** With the counts so far now and then and all of them at the end, also when Ctrl-C is the end. */
async function fuzz(inputs: number, seed: string): Promise<void> {
  const tally = new Tally();
  const abort = new AbortController();
  const onInterrupt = () => abort.abort();
  process.once('SIGINT', onInterrupt);
  const ticks = setInterval(() => tell(`${tally.inputs} of ${inputs} inputs`), PROGRESS_INTERVAL);
  tell(`seed ${seed}`);
  try {
    await runCampaign(
      jobsOf(seed, inputs),
      availableParallelism(),
      abort.signal,
      (job, report) => {
        tally.add(job, report);
        if (report.failure !== undefined && tally.failures.length <= MOST_TOLD)
          tell(describe(job, report.failure));
      },
      bytes => tally.addGrowth(bytes),
    );
  } finally {
    clearInterval(ticks);
    process.off('SIGINT', onInterrupt);
  }
  for (const line of tally.lines()) print(line);
  if (abort.signal.aborted) process.exitCode = INTERRUPTED;
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

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option}: expected a whole number from 1, got ${text}`);
  return number;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Beside what is to be read by others. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
