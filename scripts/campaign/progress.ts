import { type Progress, showProgress } from '../../simulator/cli/progress';
import { tell } from './command-line';

/** ms between two lines */
const INTERVAL = 10_000;

/** A bar on a terminal; elsewhere a line now and then, for the log of a machine that runs a campaign for hours. */
export function campaignProgress(total: number, text: (done: number) => string): Progress {
  if (process.stderr.isTTY) return showProgress(total, text);
  let reached = 0;
  const lines = setInterval(() => tell(text(reached)), INTERVAL);
  return {
    update: done => {
      reached = done;
    },
    stop: () => clearInterval(lines),
  };
}
