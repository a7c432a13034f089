import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { answerOf } from '../campaign/answer-of';
import type { Job } from './jobs';
import type { JobReport } from './run-job';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/**
 * Runs jobs in processes of their own, until there are no more or the signal ends it.
 * @param onGrowth told of each process, by how many bytes its heap has grown
 * @throws Error when a process dies
 */
export async function runCampaign(
  jobs: Iterator<Job, void, void>,
  processes: number,
  signal: AbortSignal,
  onReport: (job: Job, report: JobReport) => void,
  onGrowth: (bytes: number) => void,
): Promise<void> {
  const work = async () => {
    // detached: Ctrl-C reaches all processes of a terminal, and what becomes of these is for us to say
    const worker = fork(WORKER, { execArgv: ['--import=tsx', '--expose-gc'], detached: true });
    try {
      for (let next = jobs.next(); !next.done && !signal.aborted; next = jobs.next())
        onReport(next.value, await answerOf<JobReport>(worker, next.value));
      onGrowth(await answerOf<number>(worker, 'heap'));
    } finally {
      if (worker.connected) worker.disconnect();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
}
