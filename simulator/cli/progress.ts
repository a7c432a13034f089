import { Presets, SingleBar } from 'cli-progress';
import { formatSpan } from '../view/format';

/** How far long work is, for those who wait for it. */
export interface Progress {
  /** @param done of the total, in its unit */
  update(done: number): void;
  /** Takes it away. */
  stop(): void;
}

const NONE: Progress = { update: () => {}, stop: () => {} };

/**
 * A bar on stderr where that is a terminal, without colour, with the time that is left if all goes on as it did; elsewhere
 * nothing, for nobody waits there.
 * @param total that there is to be done, in any unit
 * @param text how far it is, in words
 */
export function showProgress(total: number, text: (done: number) => string): Progress {
  if (!process.stderr.isTTY) return NONE;
  const start = performance.now();
  const bar = new SingleBar({ clearOnComplete: true, format: '{bar} {text}' }, Presets.shades_classic);
  const told = (done: number) => ({ text: `${text(done)}${timeLeft(start, Math.min(1, done / total))}` });
  bar.start(total, 0, told(0));
  return { update: done => bar.update(done, told(done)), stop: () => bar.stop() };
}

/** Nothing before there is anything to tell it from. */
function timeLeft(start: number, share: number): string {
  const seconds = (performance.now() - start) / 1000;
  return share > 0 && seconds > 1 ? `, ${formatSpan((seconds * (1 - share)) / share)} left` : '';
}
