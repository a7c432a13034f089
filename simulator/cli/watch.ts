import { MINUTE } from '../house/time';
import { LiveSimulation } from '../live-simulation';
import type { Simulation } from '../simulation';
import { plainStatusLine } from '../view/plain-status-line';
import { showSimulation } from '../view/show';
import type { Print } from './print';

/** s of simulated time before anybody looks: there is something to be seen then */
export const PRELUDE = 30 * MINUTE;
/** ms between two status lines */
const LINE_INTERVAL = 1000;

/**
 * Shows a simulation live on the process's terminal, from after the `PRELUDE` until somebody quits, by key or signal,
 * or `end` has come.
 * @param speed simulated seconds per second, to begin with
 * @param end Unix seconds, simulated
 */
export async function watchInTerminal(simulation: Simulation, speed: number, end: number): Promise<void> {
  const live = await openLive(simulation, speed);
  const view = showSimulation(live, live.actions);
  try {
    await live.run(end);
  } finally {
    view.close();
  }
}

/** The same as a status line each second, for where there is no terminal. */
export async function watchInLines(
  simulation: Simulation,
  speed: number,
  end: number,
  print: Print,
): Promise<void> {
  const live = await openLive(simulation, speed);
  const report = () => print(plainStatusLine(live.getState()));
  const timer = setInterval(report, LINE_INTERVAL);
  try {
    await live.run(end);
    report();
  } finally {
    clearInterval(timer);
  }
}

async function openLive(simulation: Simulation, speed: number): Promise<LiveSimulation> {
  const live = new LiveSimulation(simulation, speed);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, live.actions.quit);
  await live.advance(simulation.time + PRELUDE);
  return live;
}
