import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../simulator/m3ter.js', import.meta.url));
const IN_TURN = fileURLToPath(new URL('commands-in-turn.ts', import.meta.url));

/** What a finished command leaves behind. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface M3terOptions {
  /** A file instead of a pipe. */
  readonly stdout?: number;
  /** Runs it in a terminal of 100 by 30; then prints whether that is in line mode: `icanon` or `-icanon`. */
  readonly terminal?: boolean;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The `m3ter` command in a process of its own, as a shell would run it. */
export class M3ter {
  /** All of stdout and stderr so far. */
  out = '';
  err = '';
  readonly #child: ChildProcess;
  readonly #words: string;
  readonly #end: Promise<unknown>;

  constructor(words: readonly string[], { stdout, terminal = false }: M3terOptions = {}) {
    this.#words = words.join(' ');
    const command = [process.execPath, COMMAND, ...words];
    const [program = '', ...args] = terminal ? inTerminal(command) : command;
    // the view draws in a terminal of an environment of continuous integration, too: from the sources, which tell Ink in time
    const env = terminal ? { ...process.env, CI: 'true', NODE_OPTIONS: '' } : process.env;
    this.#child = spawn(program, args, { env, stdio: ['pipe', stdout ?? 'pipe', 'pipe'] });
    if (!terminal) this.#child.stdin?.end();
    running.add(this.#child);
    this.#child.stdout?.on('data', text => {
      this.out += text;
    });
    this.#child.stderr?.on('data', text => {
      this.err += text;
    });
    this.#end = once(this.#child, 'close').then(() => running.delete(this.#child));
  }

  /** The last whole line of stdout. */
  get lastLine(): string | undefined {
    return this.out.split('\n').at(-2);
  }

  /** @throws Error that says what was awaited and what the process said, when it does not come about */
  async until(what: string, condition: () => boolean): Promise<void> {
    for (let attempt = 0; attempt < 1500; attempt++) {
      if (condition()) return;
      if (this.#child.exitCode !== null) break;
      await sleep(20);
    }
    this.#child.kill('SIGKILL');
    throw new Error(`m3ter ${this.#words}: waited in vain until ${what}, got ${this.lastLine}\n${this.err}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Keys for a command in a terminal. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** As a reader that has had enough. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  /** Resolves when it has ended by itself, or by a signal. */
  async finished(): Promise<Finished> {
    await this.#end;
    return { code: this.#child.exitCode, out: this.out, err: this.err };
  }
}

/** Commands that `m3ter` runs at a time; more only get in each other's way. */
const AT_A_TIME = 3;
let busy = 0;
const waiting: (() => void)[] = [];

/** Runs a command to its end, when its turn has come. */
export async function m3ter(...words: string[]): Promise<Finished> {
  if (busy < AT_A_TIME) busy++;
  else await new Promise<void>(resolve => waiting.push(resolve));
  try {
    return await new M3ter(words).finished();
  } finally {
    const next = waiting.shift();
    if (next === undefined) busy--;
    else next();
  }
}

/**
 * Runs commands that end soon, one after the other in one process: most of what a process of its own would take is its
 * start.
 * @param cwd the folder that they run in; absent: this process's
 * @throws Error when one of them ends it
 */
export async function m3terInTurn(
  commands: readonly (readonly string[])[],
  cwd = process.cwd(),
): Promise<Finished[]> {
  const words = [`--import=${import.meta.resolve('tsx')}`, IN_TURN];
  const child = spawn(process.execPath, words, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  child.stdin.end(commands.map(words => JSON.stringify(words)).join('\n'));
  const [out] = await Promise.all([text(child.stdout), once(child, 'close')]);
  running.delete(child);
  const finished = out.trimEnd().split('\n');
  if (finished.length === commands.length) return finished.map(line => JSON.parse(line));
  throw new Error(`m3ter in turn: ended by ${commands[finished.length]?.join(' ')}, code ${child.exitCode}`);
}

/** By script(1) of util-linux, with the command's own exit code. */
function inTerminal(command: readonly string[]): string[] {
  const quoted = command.map(word => `'${word}'`).join(' ');
  const line = `stty rows 30 cols 100; ${quoted}; code=$?; stty -a | grep -o -e '-\\?icanon'; exit $code`;
  return ['script', '--quiet', '--return', '--echo', 'never', '--command', line, '/dev/null'];
}
