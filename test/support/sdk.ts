import test, { type ExecutionContext } from 'ava';

/** A test that the Moddable SDK is needed for: reported as skipped, by its name, where MODDABLE is not set. */
export function withSdk(title: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (process.env.MODDABLE) test.serial(title, run);
  else test.serial.skip(`${title} (needs the Moddable SDK: MODDABLE is not set)`, run);
}
