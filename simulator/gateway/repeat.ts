import { setTimeout as sleep } from 'node:timers/promises';

/** ms */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;

export interface RepeatOptions {
  /** ms from the end of one to the beginning of the next */
  readonly interval: number;
  readonly signal: AbortSignal;
  /** The task has failed, and is tried again later. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Does a task over and over until the signal. One that fails is tried again after a second or less, then two, four, up to
 * a minute; each wait is drawn at random from its upper half, so that many that failed together do not come back together.
 */
export async function repeat(task: () => Promise<void>, options: RepeatOptions): Promise<void> {
  const { interval, signal, onFailure } = options;
  let failures = 0;
  while (!signal.aborted) {
    let wait = interval;
    try {
      await task();
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error);
      wait = Math.min(FIRST_WAIT * 2 ** failures++, LONGEST_WAIT) * (0.5 + Math.random() / 2);
    }
    // aborted: the loop ends by its own condition
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }
}
