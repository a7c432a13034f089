import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { answerOf } from '../campaign/answer-of';
import type { Job } from './jobs';
import type { StormReport } from './storm';

/** Storms of one process, whose memory the signatures fill that it keeps for reuse. */
const LIFETIME = 4000;
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/**
 * Runs jobs in processes of their own, until there are no more or the signal ends it.
 * @throws Error when a process dies
 */
export async function runCampaign(
  jobs: Iterator<Job, void, void>,
  processes: number,
  signal: AbortSignal,
  onReport: (job: Job, report: StormReport) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: processes }, () => work(jobs, signal, onReport)));
}

async function work(
  jobs: Iterator<Job, void, void>,
  signal: AbortSignal,
  onReport: (job: Job, report: StormReport) => void,
): Promise<void> {
  let next = jobs.next();
  while (!next.done && !signal.aborted) {
    // detached: Ctrl-C reaches all processes of a terminal, and what becomes of these is for us to say
    const worker = fork(WORKER, { execArgv: ['--import=tsx'], detached: true });
    try {
      for (let storms = 0; storms < LIFETIME && !next.done && !signal.aborted; storms++) {
        onReport(next.value, await answerOf<StormReport>(worker, next.value));
        next = jobs.next();
      }
    } finally {
      if (worker.connected) worker.disconnect();
    }
  }
}
