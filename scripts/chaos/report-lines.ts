import type { ChaosReport } from './chaos';
import { type Breach, PROMISES } from './promises';

/** What went wrong and how often, and a line for each promise. */
export function reportLines({ counts, breaches, worstLoss, digest }: ChaosReport): readonly string[] {
  return [
    ...Object.entries(counts).map(([name, count]) => `${name} ${count}`),
    `worst energy lost ${worstLoss} mWh`,
    `received ${digest}`,
    ...PROMISES.map(name => `${name} ${breaches.filter(({ promise }) => promise === name).length}`),
  ];
}

/** With what replays it. */
export function describe(
  { promise, m3terId, day, message }: Breach,
  { seed, days, meters }: { readonly seed: string; readonly days: number; readonly meters: number },
): string {
  const replay = `npm run chaos -- --days ${days} --seed ${seed} --meters ${meters}`;
  return `${promise}, M3ter ${m3terId} on day ${day.toFixed(3)}: ${message}; again: ${replay}`;
}
