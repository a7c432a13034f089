import { Command, Option } from 'commander';
import { Failure } from '../errors';
import { DAY, HOUR } from '../house/time';
import type { Fidelity } from '../simulated-meter';
import { Simulation } from '../simulation';
import { reportLines, reportOf } from '../simulation-report';
import { positiveOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';
import { runThrough } from './run-through';
import { readSimulatedTariff } from './simulated-tariff';

/** A live day begins when the house wakes up: s after midnight. */
const WAKING = 6 * HOUR;
const LIVE_SPEED = 60;
const FASTEST = 1e6;
const LONGEST = 36_500;
/** Each has half a megabyte of flash. */
const MOST_METERS = 1000;

interface SimulateOptions {
  readonly meters: number;
  readonly days?: number;
  readonly seed: number;
  readonly speed?: number;
  readonly fidelity?: Fidelity;
  readonly feedGrid?: true;
  readonly tariff?: string;
  readonly listen?: number;
  readonly headless?: true;
  readonly json?: true;
}

/** `m3ter simulate`: houses, meters, a broker and an operator, to watch or to run through. */
export function simulateCommand(print: Print = printLine): Command {
  return new Command('simulate')
    .description('Simulate a house with its meter, a broker and an operator.')
    .option('--meters <n>', 'how many houses, each with its meter', wholeNumberOption(1, MOST_METERS), 1)
    .option('--days <n>', 'stop after so many simulated days (headless: 1)', positiveOption(LONGEST))
    .option('--seed <n>', 'the same seed gives the same days', wholeNumberOption(0, 2 ** 32 - 1), 1)
    .option(
      '--speed <n>',
      `simulated seconds per second (live: ${LIVE_SPEED}, headless: as fast as it goes)`,
      positiveOption(FASTEST),
    )
    .addOption(
      new Option(
        '--fidelity <kind>',
        "every sample, windows in closed form, or a real front end's flaws (default: one of the first two, by speed)",
      ).choices(['waveform', 'phasor', 'real']),
    )
    .option('--feed-grid', "the roofs' surplus goes to the grid")
    .option('--tariff <name>', 'time-of-use, or a JSON file with the fields of a Tariff')
    .option('--listen <port>', 'let MQTT clients in on 127.0.0.1', wholeNumberOption(1, 65535))
    .option('--headless', 'no live view: run through and report')
    .option('--json', 'report as JSON; implies --headless')
    .action((options: SimulateOptions) =>
      options.headless || options.json ? simulateHeadless(options, print) : simulateLive(options, print),
    );
}

/** Ctrl-C, from the first moment on, ends it with the report of what was simulated until then. */
async function simulateHeadless(options: SimulateOptions, print: Print): Promise<void> {
  const { days = 1, seed, speed = Number.POSITIVE_INFINITY, json } = options;
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  const simulation = await openSimulation(options, { speed, start: 0, topUps: true });
  try {
    const wallSeconds = await runThrough(simulation, days * DAY, speed, interruption.signal);
    const report = reportOf(simulation, seed, wallSeconds);
    for (const line of json ? [JSON.stringify(report)] : reportLines(report)) print(line);
  } finally {
    process.off('SIGINT', interrupt);
    await simulation.close();
  }
}

/** In a terminal the user plays the household; elsewhere nobody could buy. */
async function simulateLive(options: SimulateOptions, print: Print): Promise<void> {
  const { days = Number.POSITIVE_INFINITY, speed = LIVE_SPEED } = options;
  const isInteractive = process.stdin.isTTY && process.stdout.isTTY;
  // Ink and React take a while to load, and a headless run has no use for them.
  const { PRELUDE, watchInTerminal, watchInLines } = await import('./watch');
  const start = WAKING - PRELUDE;
  const simulation = await openSimulation(options, { speed, start, topUps: !isInteractive });
  try {
    const end = simulation.time + PRELUDE + days * DAY;
    if (isInteractive) await watchInTerminal(simulation, speed, end);
    else await watchInLines(simulation, speed, end, print);
  } finally {
    await simulation.close();
  }
}

async function openSimulation(
  { seed, meters, fidelity, feedGrid, tariff, listen }: SimulateOptions,
  { speed, start, topUps }: { readonly speed: number; readonly start: number; readonly topUps: boolean },
): Promise<Simulation> {
  const simulation = await Simulation.open({
    seed,
    meters,
    fidelity: fidelity ?? (speed > 1 ? 'phasor' : 'waveform'),
    feedsGrid: feedGrid === true,
    ...(tariff !== undefined && { tariff: readSimulatedTariff(tariff) }),
    topUps,
    start,
  });
  if (listen === undefined) return simulation;
  try {
    await simulation.broker.listen(listen);
    return simulation;
  } catch (error) {
    await simulation.close();
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(`--listen: expected port ${listen} to be free, got ${code}`);
  }
}
