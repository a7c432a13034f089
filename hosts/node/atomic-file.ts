import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a file hold these bytes, durably: after a cut at any moment it is as it was before, or whole and new.
 * @param mode permissions, less what the umask takes
 * @throws the system's error (with its `code`) when the file or its directory cannot be written.
 */
export function writeFileAtomically(path: string, bytes: Uint8Array, mode: number): void {
  const temporary = `${path}.new`;
  // What a cut left behind may be open to others, or lead elsewhere.
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', mode);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** The rename itself is durable only when the directory is. Windows cannot open one, and needs not. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
