import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Takes a directory for this process alone; the returned function gives it back. The lock is a file that names its
 * owner, so one whose owner was killed is taken over.
 * @throws Error when a live process holds it.
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'lock');
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, describe(process.pid));
  try {
    removeStale(path);
    // Unlike a write, a link appears complete, and fails when the name is taken.
    linkSync(draft, path);
  } catch (error) {
    throw isCode(error, 'EEXIST') ? inUse(directory, readOwner(path)) : error;
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** Two processes may find the same dead owner: what is removed is first moved away, and looked at again. */
function removeStale(path: string): void {
  const owner = readOwner(path);
  if (owner === undefined || isAlive(owner)) return;
  const moved = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, moved);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  try {
    if (readOwner(moved) !== owner) linkSync(moved, path);
  } finally {
    rmSync(moved);
  }
}

/** The process's id and, where the system tells it, when it began: an id alone is given to others in time. */
function describe(pid: number): string {
  return `${pid} ${startOf(pid)}`;
}

function isAlive(owner: string): boolean {
  const pid = Number.parseInt(owner, 10);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false;
  }
  return describe(pid) === owner;
}

/** Field 22 of proc(5) stat: clock ticks from the system's boot; empty on other systems and for a zombie. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')')).split(' ');
    return fields[1] === 'Z' ? '' : (fields[20] ?? '');
  } catch {
    return '';
  }
}

function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function inUse(directory: string, owner: string | undefined): Error {
  const pid = owner === undefined ? 'another process' : `process ${Number.parseInt(owner, 10)}`;
  return new Error(`${directory}: expected a state directory that nothing uses, but ${pid} has it open`);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
