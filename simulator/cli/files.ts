import { readFileSync } from 'node:fs';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { parseCalibration } from '../calibration-file';
import { Failure } from '../errors';

/** @throws Failure that names the file and what it is when it cannot be read. */
export function readTextFile(what: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(what, path, error);
  }
}

/** @throws Failure when it cannot be read or is no calibration. */
export function readCalibration(path: string): readonly PhaseCalibration[] {
  const calibration = parseCalibration(readTextFile('calibration file', path));
  if (!calibration.ok) throw new Failure(`${path}: ${calibration.fault}`);
  return calibration.value;
}

export function unreadable(what: string, path: string, error: unknown): Failure {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  return new Failure(`${what} ${path}: expected a readable file, got ${reason}`);
}
