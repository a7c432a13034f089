import type { ExecutionContext } from 'ava';
import { EmulatedFlash, PowerLost } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';

/** What is done to flash, and what must hold after a power cut in the middle of it. */
export interface Scenario<State> {
  readonly size: number;
  readonly sectorSize: number;
  /** Different tears of each cut. */
  readonly seeds: number;
  prepare(region: EmulatedFlash): State;
  run(region: EmulatedFlash, state: State): void;
  /** Opens, as after each reboot, and checks that the state is old or new. */
  boot(region: EmulatedFlash, state: State): void;
  /** Goes on working after the last boot. */
  finish(region: EmulatedFlash, state: State): void;
}

/** True when the power failed during the action; the power is back then. */
export function survives(region: EmulatedFlash, action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (!(error instanceof PowerLost)) throw error;
    region.power.reboot();
    return true;
  }
}

/**
 * Runs a scenario once for each write and erase in it, cut there, and once uncut; all that for every seed, and
 * again with a second cut while the boot after the first recovers.
 */
export function atEveryCut<State>(t: ExecutionContext, scenario: Scenario<State>): void {
  let cuts = 0;
  for (let seed = 1; seed <= scenario.seeds; seed++) {
    for (let cut = 1, wasCut = true; wasCut; cut++) {
      for (let second = 0; second <= 3; second++) {
        wasCut = once(scenario, seed, cut, second);
        if (wasCut) cuts++;
      }
    }
  }
  t.true(cuts >= scenario.seeds, 'nothing was cut');
}

function once<State>(scenario: Scenario<State>, seed: number, cut: number, second: number): boolean {
  const { size, sectorSize } = scenario;
  const region = new EmulatedFlash({ size, sectorSize, prng: new Prng(`${seed}/${cut}/${second}`) });
  try {
    const state = scenario.prepare(region);
    region.power.cutAt(cut);
    const wasCut = survives(region, () => scenario.run(region, state));
    region.power.reboot();
    if (second > 0) region.power.cutAt(second);
    survives(region, () => scenario.boot(region, state));
    region.power.reboot();
    scenario.boot(region, state);
    scenario.finish(region, state);
    return wasCut;
  } catch (error) {
    throw new Error(`seed ${seed}, cut ${cut}, second cut ${second}: ${error}`, { cause: error });
  }
}
