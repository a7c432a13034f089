import { type ChildProcess, spawn } from 'node:child_process';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A `m3ter gateway` in a process of its own, which Ctrl-C does not reach. */
export class GatewayProcess {
  /** Complaints on standard error, and how it ended where nobody ended it. */
  readonly complaints: string[] = [];
  /** Resolves when it is gone. */
  readonly end: Promise<void>;
  readonly #child: ChildProcess;
  #out = '';
  #isOver = false;
  #isOurs = false;

  /** @param words of the command, after `gateway` */
  constructor(program: string, words: readonly string[]) {
    const child = spawn(process.execPath, [program, 'gateway', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    running.add(child);
    child.stdout.on('data', text => {
      this.#out += text;
    });
    child.stderr.on('data', text => this.complaints.push(`${text}`.trim()));
    this.end = new Promise(resolve =>
      child.once('close', (code, signal) => {
        this.#isOver = true;
        running.delete(child);
        if (!this.#isOurs)
          this.complaints.push(`expected a gateway that runs, it ended with ${code ?? signal}`);
        resolve();
      }),
    );
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it has said so in its log. */
  hasSaid(code: string): boolean {
    return this.#out.includes(`"code":"${code}"`);
  }

  kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    if (this.#isOver) return;
    this.#isOurs = true;
    this.#child.kill(signal);
  }
}
