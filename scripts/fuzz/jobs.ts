import { TARGET_NAMES, TARGETS, type TargetName } from './targets';

/** Inputs of one job at most. */
const BATCH = 100;

/** Inputs of one target to try, by their numbers. */
export interface Job {
  readonly target: TargetName;
  readonly seed: string;
  /** From 1 */
  readonly first: number;
  readonly inputs: number;
}

/** The jobs of a campaign, in which each target has its share at any time; the last ends at `inputs`. */
export function* jobsOf(seed: string, inputs: number): Generator<Job, void, void> {
  const given = new Map(TARGET_NAMES.map(name => [name, 0]));
  const debt = (name: TargetName) => (given.get(name) as number) / TARGETS[name].share;
  for (let left = inputs; left > 0; ) {
    const target = TARGET_NAMES.reduce((best, name) => (debt(name) < debt(best) ? name : best));
    const before = given.get(target) as number;
    const own = Math.min(left, BATCH);
    given.set(target, before + own);
    left -= own;
    yield { target, seed, first: before + 1, inputs: own };
  }
}

/** As `--replay` takes it. */
export function replayText({ target, seed }: Job, number: number): string {
  return `${target}:${seed}:${number}`;
}

/** Undefined when this is none. */
export function parseReplay(text: string): Job | undefined {
  const [target, seed, number, ...rest] = text.split(':');
  const name = TARGET_NAMES.find(known => known === target);
  const first = Number(number);
  if (name === undefined || !seed || !Number.isInteger(first) || first < 1 || rest.length > 0)
    return undefined;
  return { target: name, seed, first, inputs: 1 };
}
