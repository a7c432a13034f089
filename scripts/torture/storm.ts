import { PowerLost } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { type Breach, BrokenPromise, type Loss, NO_LOSS } from './promises';
import { SCENARIOS, type ScenarioName } from './scenarios';
import { drawFrom, type Victim } from './victim';

/** Writes and erases of a start, about: most cuts are within. */
const START = 8;

/** A promise that a storm broke, and with the how manieth of its cuts. */
export interface Failure {
  readonly breach: Breach;
  readonly message: string;
  readonly cut: number;
}

export interface StormReport {
  readonly cuts: number;
  readonly worst: Loss;
  readonly failure?: Failure;
}

/** Cuts the power of one victim so many times, where the seed says; ends at the first promise that is broken. */
export async function runStorm(name: ScenarioName, seed: string, cuts: number): Promise<StormReport> {
  const prng = new Prng(`${name} ${seed}`);
  const { make, reach } = SCENARIOS[name];
  const victim = await made(() => make(prng.fork('victim')));
  if (!('live' in victim)) return { cuts: 1, worst: NO_LOSS, failure: { ...victim, cut: 1 } };
  const below = drawFrom(prng.fork('cuts'));
  for (let cut = 1; cut <= cuts; cut++) {
    const failure = await liveUntilCut(victim, 1 + below(below(3) === 0 ? reach : START));
    if (failure !== undefined) return { cuts: cut, worst: victim.worst, failure: { ...failure, cut } };
  }
  return { cuts, worst: victim.worst };
}

/** The victim, or what its making showed to be broken already. */
async function made(make: () => Victim | Promise<Victim>): Promise<Victim | Omit<Failure, 'cut'>> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof BrokenPromise) return { breach: error.breach, message: error.message };
    throw error;
  }
}

/** What was broken; undefined when the power failed and all is well. */
async function liveUntilCut(victim: Victim, cutAt: number): Promise<Omit<Failure, 'cut'> | undefined> {
  try {
    await victim.live(cutAt);
  } catch (error) {
    if (error instanceof PowerLost) return undefined;
    const breach = error instanceof BrokenPromise ? error.breach : 'calls failed';
    return { breach, message: (error as Error).message };
  }
  return victim.power.lost ? undefined : { breach: 'calls failed', message: 'the power never failed' };
}
