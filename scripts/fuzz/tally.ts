import { BREACHES, type Breach } from './breaches';
import type { Job } from './jobs';
import type { Failure, JobReport } from './run-job';

/** Bytes by which a heap may grow: compiled code does, and nothing may that comes with each of a million inputs. */
export const GROWTH_BOUND = 4 * 1024 * 1024;

/** Adds up what jobs report. */
export class Tally {
  readonly failures: Failure[] = [];
  readonly #inputs = new Map<string, number>();
  #growth = 0;
  #grown = 0;

  get inputs(): number {
    return [...this.#inputs.values()].reduce((sum, inputs) => sum + inputs, 0);
  }

  get isBroken(): boolean {
    return this.failures.length > 0 || this.#grown > 0;
  }

  add({ target }: Job, { inputs, failure }: JobReport): void {
    this.#inputs.set(target, (this.#inputs.get(target) ?? 0) + inputs);
    if (failure !== undefined) this.failures.push(failure);
  }

  /** @param bytes by which the heap of a process has grown */
  addGrowth(bytes: number): void {
    this.#growth = Math.max(this.#growth, bytes);
    if (bytes > GROWTH_BOUND) this.#grown++;
  }

  /** The counts of each target, and a line for each promise. */
  lines(): readonly string[] {
    const count = (breach: Breach) =>
      breach === 'heap growth'
        ? this.#grown
        : this.failures.filter(failure => failure.breach === breach).length;
    const kibibytes = (bytes: number) => Math.ceil(bytes / 1024);
    return [
      ...[...this.#inputs].map(([target, inputs]) => `${target} ${inputs} inputs`),
      `largest heap growth ${kibibytes(this.#growth)} KiB of ${kibibytes(GROWTH_BOUND)}`,
      ...BREACHES.map(breach => `${breach} ${count(breach)}`),
    ];
  }
}
