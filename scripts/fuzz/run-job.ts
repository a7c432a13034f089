import { createContext, Script } from 'node:vm';
import { Prng } from '../../hosts/mock/prng';
import { type Breach, BrokenPromise } from './breaches';
import type { Job } from './jobs';
import type { Target } from './target';
import { TARGETS, type TargetName } from './targets';

/** ms: what takes longer is tried once more, alone, and is a hang if it does so again. */
const PATIENCE = 1000;
/** ms for a whole job, after which the input it is at is tried alone: a machine that is busy is slow, too. */
const JOB_PATIENCE = 10_000;

/** A promise that an input broke. */
export interface Failure {
  readonly breach: Breach;
  readonly message: string;
  readonly number: number;
  /** In hex */
  readonly input: string;
}

export interface JobReport {
  readonly inputs: number;
  readonly failure?: Failure;
}

/** Made when first needed, and anew after a failure. */
const targets = new Map<TargetName, Target>();

/** Tries its inputs one after the other; ends at the first promise that is broken. */
export function runJob(job: Job): JobReport {
  const end = job.first + job.inputs;
  let number = job.first;
  while (number < end) {
    const progress: Progress = { number, broken: undefined };
    const inTime = withinTime(JOB_PATIENCE, () => tryInputs(job, end, progress));
    const { broken } = inTime ? progress : { broken: retry(job, progress.number) };
    if (broken !== undefined) {
      targets.delete(job.target);
      const input = Buffer.from(inputOf(job, progress.number)).toString('hex');
      return {
        inputs: progress.number - job.first + 1,
        failure: { ...broken, number: progress.number, input },
      };
    }
    number = progress.number + 1;
  }
  return { inputs: job.inputs };
}

interface Progress {
  /** Of the input that is, or was last, under way. */
  number: number;
  broken: Pick<Failure, 'breach' | 'message'> | undefined;
}

function tryInputs(job: Job, end: number, progress: Progress): void {
  for (let number = progress.number; number < end && progress.broken === undefined; number++) {
    progress.number = number;
    const input = inputOf(job, number);
    const begin = performance.now();
    progress.broken = tryInput(job.target, input);
    if (progress.broken === undefined && performance.now() - begin > PATIENCE)
      progress.broken = retry(job, number);
  }
}

/** Alone, on a target of its own. */
function retry(job: Job, number: number): Progress['broken'] {
  targets.delete(job.target);
  const input = inputOf(job, number);
  let broken: Progress['broken'];
  const inTime = withinTime(PATIENCE, () => {
    broken = tryInput(job.target, input);
  });
  return inTime ? broken : { breach: 'hangs', message: `it took more than ${PATIENCE} ms` };
}

function tryInput(name: TargetName, input: Uint8Array): Progress['broken'] {
  try {
    targetOf(name).take(input);
    return undefined;
  } catch (error) {
    if (error instanceof BrokenPromise) return { breach: error.breach, message: error.message };
    return {
      breach: 'throws',
      message: error instanceof Error ? `${error.name}: ${error.message}` : `${error}`,
    };
  }
}

/** By its number alone: what came before has no part in it. */
function inputOf({ target, seed }: Job, number: number): Uint8Array {
  return targetOf(target).draw(new Prng(`${target} ${seed}.${number}`));
}

function targetOf(name: TargetName): Target {
  let target = targets.get(name);
  if (target === undefined) {
    target = TARGETS[name].make();
    targets.set(name, target);
  }
  return target;
}

const context = createContext({ run: undefined as unknown });
const script = new Script('run()');

/** False when it was ended because it took longer. */
function withinTime(timeout: number, run: () => void): boolean {
  context.run = run;
  try {
    script.runInContext(context, { timeout });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}
