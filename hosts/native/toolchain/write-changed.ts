import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Makes a file hold this text, unless it does: what was made of it needs not be made again. Others may write the same at
 * the same time, and nobody sees half of it.
 */
export function writeChanged(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}
