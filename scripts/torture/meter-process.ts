import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MeterStatus } from '../../simulator/cli/meter-status';
import type { LossyOptions } from './lossy-files';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** ms between two looks */
const LOOK = 10;
/** ms */
const PATIENCE = 60_000;

/** A `m3ter meter` on files that lose what was not synced, and what it says of itself. */
export class MeterProcess {
  /** What it began with, before anyone told it anything. */
  first: MeterStatus | undefined;
  last: MeterStatus | undefined;
  /** Of what it complained, and how it ended where it was not killed. */
  readonly complaints: string[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<void>;
  #isOver = false;

  constructor(broker: string, load: number, speed: number, lossy: LossyOptions) {
    const layer = ['--import=tsx', '--import=./scripts/torture/lossy-files.ts'];
    const options = [
      '--state',
      lossy.directory,
      '--broker',
      broker,
      '--load',
      `${load}`,
      '--speed',
      `${speed}`,
    ];
    const child = spawn(
      process.execPath,
      [...layer, 'simulator/cli/main.ts', 'meter', ...options, '--status', '0.05', '--json'],
      {
        cwd: ROOT,
        env: { ...process.env, M3TER_LOSSY: JSON.stringify(lossy) },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    this.#exit = new Promise(resolve =>
      child.once('close', (code, signal) => {
        this.#isOver = true;
        if (signal !== 'SIGKILL')
          this.complaints.push(`expected a meter that runs, it ended with ${code ?? signal}`);
        resolve();
      }),
    );
    createInterface({ input: child.stdout }).on('line', line => {
      this.last = JSON.parse(line) as MeterStatus;
      this.first ??= this.last;
    });
    createInterface({ input: child.stderr }).on('line', line => {
      if (line.startsWith('error')) this.complaints.push(line);
    });
  }

  /** Until something holds, or it is over. @throws Error when neither comes about */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (let waited = 0; !condition() && !this.#isOver; waited += LOOK) {
      if (waited > PATIENCE)
        throw new Error(`waited ${PATIENCE} ms for ${what}, got ${JSON.stringify(this.last)}`);
      await sleep(LOOK);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
