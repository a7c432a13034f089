import { Presets, SingleBar } from 'cli-progress';
import { DAY, HOUR } from '../house/time';
import type { Simulation } from '../simulation';

/** s of simulated time between two looks at the clock, the progress bar and Ctrl-C */
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
  const progress = showProgress(seconds);
  do {
    await simulation.runUntil(Math.min(end, simulation.time + Math.min(STEP, speed)));
    const simulated = simulation.time - start;
    progress.update(simulated);
    const ahead = simulated / speed - elapsed();
    // Not by a timer, which would take a millisecond each time.
    if (ahead > 0) await new Promise(resolve => setTimeout(resolve, ahead * 1000));
    else await new Promise(resolve => setImmediate(resolve));
  } while (!signal.aborted && simulation.time < end);
  progress.stop();
  return elapsed();
}

function secondsFromNow(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/** @param seconds of simulated time that are to be done */
function showProgress(seconds: number): { update(simulated: number): void; stop(): void } {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar(
    { clearOnComplete: true, format: '{bar} day {day} of {days}, {eta} s left' },
    Presets.shades_classic,
  );
  const days = seconds / DAY;
  bar.start(seconds, 0, { day: '0.0', days });
  return {
    update: simulated => bar.update(simulated, { day: (simulated / DAY).toFixed(1) }),
    stop: () => bar.stop(),
  };
}
