import { clearLine, cursorTo } from 'node:readline';

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

/** Beside what is to be read by others; on a terminal in the place of a bar, which is drawn again below. */
export function tell(line: string): void {
  if (process.stderr.isTTY) {
    cursorTo(process.stderr, 0);
    clearLine(process.stderr, 0);
  }
  process.stderr.write(`${line}\n`);
}
