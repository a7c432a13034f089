import { fork } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../errors';
import type { BenchName } from './bench-names';
import type { BenchNews, BenchRequest } from './bench-worker';
import { HAS_GROUPS, killGroup } from './process-group';
import type { BenchRow, Effort } from './row';

const WORKER = fileURLToPath(new URL('bench-worker.ts', import.meta.url));

/**
 * As `runBench`, in a process of its own: it measures without a pause, and can be stopped at any moment all the same, with
 * all that it has started. What was not measured to its end is no figure.
 * @param signal ends the figures
 * @throws Failure when the process ends before it has measured all; what is wrong it says itself
 */
export async function* benchApart(
  names: readonly BenchName[],
  effort: Effort,
  signal: AbortSignal,
  onGroup: (name: BenchName) => void,
): AsyncGenerator<BenchRow, void, void> {
  if (signal.aborted) return;
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-bench-'));
  // detached: Ctrl-C is for this process, which tells it
  const worker = fork(WORKER, { execArgv: [`--import=${import.meta.resolve('tsx')}`], detached: HAS_GROUPS });
  const exit = once(worker, 'exit');
  const messages = on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[BenchNews]>;
  try {
    worker.send({ names, effort, folder } satisfies BenchRequest);
    for await (const [news] of messages) {
      if ('done' in news) return;
      if ('measuring' in news) onGroup(news.measuring);
      else yield news.row;
    }
    throw new Failure(`bench: expected to measure all, its process ended with ${(await exit)[0]}`);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (worker.pid !== undefined) killGroup(worker.pid);
    await exit;
    rmSync(folder, { recursive: true, force: true });
  }
}
