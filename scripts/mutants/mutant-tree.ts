import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutations';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['firmware', 'hosts', 'simulator', 'scripts', 'test', 'package.json', 'tsconfig.json'];
/** ms: what takes longer hangs */
const PATIENCE = 120_000;

export interface Outcome {
  /** Null when it took too long. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of the tree in a temporary folder, in which defects can be made without harm. */
export class MutantTree {
  readonly folder = mkdtempSync(join(tmpdir(), 'm3ter-mutant-'));

  constructor() {
    for (const name of COPIED) cpSync(join(ROOT, name), join(this.folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** @throws Error when the text is not there exactly once */
  apply({ name, file, find, replace }: Mutation): void {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const places = text.split(find).length - 1;
    if (places !== 1)
      throw new Error(`"${name}" is out of date: expected its text once in ${file}, got it ${places} times`);
    writeFileSync(
      join(this.folder, file),
      text.replace(find, () => replace),
    );
  }

  /** Takes the defect out again. */
  restore({ file }: Mutation): void {
    cpSync(join(ROOT, file), join(this.folder, file));
  }

  /** Runs Node in the copy. */
  run(...words: string[]): Outcome {
    const options = { cwd: this.folder, encoding: 'utf8', timeout: PATIENCE, killSignal: 'SIGKILL' } as const;
    return spawnSync(process.execPath, words, options);
  }

  torture(...words: string[]): Outcome {
    return this.run('--import=tsx', 'scripts/torture.ts', ...words);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
