import { existsSync } from 'node:fs';
import { Failure } from '../errors';

/**
 * For a caller that has long work before the report is ready.
 * @throws Failure when the file exists
 */
export function refuseToOverwrite(option: string, path: string): void {
  if (existsSync(path)) throw new Failure(`${option} ${path}: expected no such file, or --force, got one`);
}
