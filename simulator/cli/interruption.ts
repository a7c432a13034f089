import { constants } from 'node:os';

const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work to its end, or until Ctrl-C or another signal aborts it. A second signal ends the process at once.
 * @returns 0, or what shells say of what the signal ended: 130 after Ctrl-C
 */
export async function interruptible(run: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const abort = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    const code = 128 + constants.signals[name];
    // not by the signal itself: whoever has started processes ends them when this one exits
    if (abort.signal.aborted) process.exit(code);
    abort.abort(code);
  };
  for (const name of ENDINGS) process.on(name, onSignal);
  try {
    await run(abort.signal);
  } finally {
    for (const name of ENDINGS) process.off(name, onSignal);
  }
  return abort.signal.aborted ? abort.signal.reason : 0;
}

/** The same of work whose result is then a partial one: the exit code says so, if nothing else went wrong. */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const code = await interruptible(run);
  if (code !== 0) process.exitCode ??= code;
}
