import { SCENARIOS, type ScenarioName } from './scenarios';

/** One storm to run. */
export interface Job {
  readonly scenario: ScenarioName;
  readonly seed: string;
  readonly cuts: number;
}

const NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

/** The storms of a campaign, in which each scenario has its share of the cuts at any time; the last ends at `cuts`. */
export function* jobsOf(seed: string, cuts: number): Generator<Job, void, void> {
  const given = new Map(NAMES.map(name => [name, 0]));
  for (let storm = 1, left = cuts; left > 0; storm++) {
    const debt = (name: ScenarioName) => (given.get(name) as number) / SCENARIOS[name].share;
    const scenario = NAMES.reduce((best, name) => (debt(name) < debt(best) ? name : best));
    const own = Math.min(left, SCENARIOS[scenario].cuts);
    given.set(scenario, (given.get(scenario) as number) + own);
    left -= own;
    yield { scenario, seed: `${seed}.${storm}`, cuts: own };
  }
}

/** As `--replay` takes it. */
export function replayText(scenario: string, seed: string, cut: number): string {
  return `${scenario}:${seed}:${cut}`;
}

/** Undefined when this is none. */
export function parseReplay(text: string): Job | undefined {
  const [scenario, seed, cuts, ...rest] = text.split(':');
  const name = NAMES.find(known => known === scenario);
  const count = Number(cuts);
  if (name === undefined || !seed || !Number.isInteger(count) || count < 1 || rest.length > 0)
    return undefined;
  return { scenario: name, seed, cuts: count };
}
