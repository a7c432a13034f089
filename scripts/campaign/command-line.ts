/** What shells say of what Ctrl-C ended. */
const INTERRUPTED = 130;

/** @throws Error that names the option, for anything but a whole number from 1 */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option}: expected a whole number from 1, got ${text}`);
  return number;
}

/** @throws Error for anything but letters and digits */
export function seedOf(text: string): string {
  if (!/^\w+$/.test(text)) throw new Error(`--seed: expected letters and digits, got ${text}`);
  return text;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Beside what is to be read by others. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a campaign to its end, or until Ctrl-C aborts the signal: the exit code then says so. */
export async function untilInterrupted(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const onInterrupt = () => abort.abort();
  process.once('SIGINT', onInterrupt);
  try {
    await run(abort.signal);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  if (abort.signal.aborted) process.exitCode ??= INTERRUPTED;
}
