import { DAY, HOUR } from '../house/time';
import type { Simulation } from '../simulation';
import { showProgress } from './progress';

/** s of simulated time between two looks at the clock, the progress bar and Ctrl-C, for one meter */
const STEP = HOUR;

/**
 * Lets a simulation go on for so many simulated seconds, with a progress bar where stderr is a terminal.
 * @param speed simulated seconds per second at most
 * @param signal ends it early, but not before the first step
 * @returns s that it took
 */
export async function runThrough(
  simulation: Simulation,
  seconds: number,
  speed: number,
  signal: AbortSignal,
): Promise<number> {
  const start = simulation.time;
  const end = start + seconds;
  const elapsed = secondsFromNow();
  const days = seconds / DAY;
  const progress = showProgress(seconds, simulated => `day ${(simulated / DAY).toFixed(1)} of ${days}`);
  const step = Math.min(Math.ceil(STEP / simulation.meters.length), speed);
  try {
    do {
      await simulation.runUntil(Math.min(end, simulation.time + step));
      const simulated = simulation.time - start;
      progress.update(simulated);
      const ahead = simulated / speed - elapsed();
      // Not by a timer, which would take a millisecond each time.
      if (ahead > 0) await new Promise(resolve => setTimeout(resolve, ahead * 1000));
      else await new Promise(resolve => setImmediate(resolve));
    } while (!signal.aborted && simulation.time < end);
  } finally {
    progress.stop();
  }
  return elapsed();
}

function secondsFromNow(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
