import { MINUTE } from '../house/time';
import { LiveSimulation } from '../live-simulation';
import type { PageServer } from '../page/serve-page';
import type { Simulation } from '../simulation';
import { plainStatusLine } from '../view/plain-status-line';
import { showSimulation } from '../view/show';
import { openLivePage } from './live-page';
import type { Print } from './print';

/** s of simulated time before anybody looks: there is something to be seen then */
export const PRELUDE = 30 * MINUTE;
/** ms between two status lines */
const LINE_INTERVAL = 1000;

export interface WatchOptions {
  /** Simulated seconds per second, to begin with. */
  readonly speed: number;
  /** Unix seconds, simulated */
  readonly end: number;
  /** Ends it before. */
  readonly signal: AbortSignal;
  /** Of the page: undefined for the usual port; absent for no page. */
  readonly page?: { readonly port: number | undefined } | undefined;
}

/** A simulation that somebody looks at. */
interface Watched {
  readonly live: LiveSimulation;
  readonly page: PageServer | undefined;
}

/**
 * Shows a simulation live on the process's terminal and on a page, from after the `PRELUDE` until somebody quits, by key
 * or signal, or `end` has come.
 */
export function watchInTerminal(simulation: Simulation, options: WatchOptions): Promise<void> {
  return watch(simulation, options, async ({ live }) => {
    const view = showSimulation(live, live.actions);
    try {
      await live.run(options.end);
    } finally {
      view.close();
    }
  });
}

/** The same with a status line each second, for where there is no terminal. */
export function watchInLines(simulation: Simulation, options: WatchOptions, print: Print): Promise<void> {
  return watch(simulation, options, async ({ live, page }) => {
    if (page !== undefined) print(`page ${page.url}`);
    const report = () => print(plainStatusLine(live.getState()));
    const timer = setInterval(report, LINE_INTERVAL);
    try {
      await live.run(options.end);
      report();
    } finally {
      clearInterval(timer);
    }
  });
}

async function watch(
  simulation: Simulation,
  { speed, signal, page: wanted }: WatchOptions,
  show: (watched: Watched) => Promise<void>,
): Promise<void> {
  const live = new LiveSimulation(simulation, speed);
  signal.addEventListener('abort', live.actions.quit);
  if (signal.aborted) live.actions.quit();
  const page = wanted && (await openLivePage(simulation, live, wanted.port));
  if (page !== undefined) live.notice = `the page: ${page.url}`;
  try {
    await live.advance(simulation.time + PRELUDE);
    await show({ live, page });
  } finally {
    await page?.close();
  }
}
