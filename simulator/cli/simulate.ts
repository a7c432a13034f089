import { Command, Option } from 'commander';
import { Failure } from '../errors';
import { DAY, HOUR } from '../house/time';
import { refuseToOverwrite } from '../report/refuse-to-overwrite';
import type { Fidelity } from '../simulated-meter';
import { Simulation, type SimulationOptions } from '../simulation';
import { reportLines, reportOf } from '../simulation-report';
import { addChainOptions, type ChainOptions, chainFailure, chooseChain } from './chain-choice';
import { interruptible, untilInterrupted } from './interruption';
import { positiveOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';
import { runThrough } from './run-through';
import { readSimulatedTariff } from './simulated-tariff';
import { noticeInTerminal } from './terminal-notice';

/** A live day begins when the house wakes up: s after midnight. */
const WAKING = 6 * HOUR;
const LIVE_SPEED = 60;
const FASTEST = 1e6;
const LONGEST = 36_500;
/** Each has half a megabyte of flash. */
const MOST_METERS = 1000;

/** s, simulated, after which a reading is proved alone: whoever watches is to see it, a long run is to be fast */
const LIVE_WAIT = HOUR / 2;
const HEADLESS_WAIT = DAY;
const STARTING = 'Starting a chain … (10 s more the first time, when its contracts are compiled)';

interface SimulateOptions extends ChainOptions {
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
  readonly page: boolean;
  readonly port?: number;
  readonly report?: string;
  readonly force?: true;
}

/** `m3ter simulate`: houses, meters, a broker, a chain and a gateway, to watch or to run through. */
export function simulateCommand(print: Print = printLine): Command {
  const command = new Command('simulate')
    .description('Simulate a house with its meter, a broker, a chain that people pay on, and a gateway.')
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
    .option('--report <file>', 'at the end, also one HTML page with plots of everything')
    .option('--force', 'overwrite the report that is there')
    .option('--port <port>', 'of the live page, on 127.0.0.1', wholeNumberOption(1, 65535))
    .option('--no-page', 'no live page')
    .action(async (options: SimulateOptions) => {
      try {
        if (options.report !== undefined) {
          if (!options.force) refuseToOverwrite('--report', options.report);
          await (await import('../report/report-html')).pageClient();
        }
        if (options.headless || options.json)
          await untilInterrupted(signal => simulateHeadless(options, print, signal));
        else await interruptible(signal => simulateLive(options, print, signal));
      } catch (error) {
        throw chainFailure(error);
      }
    });
  return addChainOptions(command);
}

/** Ctrl-C, from the first moment on, ends it with the report of what was simulated until then. */
async function simulateHeadless(options: SimulateOptions, print: Print, signal: AbortSignal): Promise<void> {
  const { days = 1, seed, speed = Number.POSITIVE_INFINITY, json } = options;
  const pace = { speed, start: 0, topUps: true, longestWait: HEADLESS_WAIT };
  const simulation = await openSimulation(options, pace);
  const writeDown = await recorded(simulation, options);
  try {
    const wallSeconds = await runThrough(simulation, days * DAY, speed, signal);
    await simulation.conclude();
    const report = await reportOf(simulation, seed, wallSeconds);
    await writeDown(days);
    for (const line of json ? [JSON.stringify(report)] : reportLines(report)) print(line);
  } finally {
    await simulation.close();
  }
}

/** In a terminal the user plays the household; elsewhere nobody could buy. */
async function simulateLive(options: SimulateOptions, print: Print, signal: AbortSignal): Promise<void> {
  const { days = Number.POSITIVE_INFINITY, speed = LIVE_SPEED } = options;
  const isInteractive = process.stdin.isTTY && process.stdout.isTTY;
  // Ink and React take a while to load, and a headless run has no use for them.
  const { PRELUDE, watchInTerminal, watchInLines } = await import('./watch');
  const pace = { speed, start: WAKING - PRELUDE, topUps: !isInteractive, longestWait: LIVE_WAIT };
  const simulation = await openSimulation(options, pace);
  const writeDown = await recorded(simulation, options);
  const page = options.page ? { port: options.port } : undefined;
  try {
    const end = simulation.time + PRELUDE + days * DAY;
    if (isInteractive) await watchInTerminal(simulation, { speed, end, signal, page });
    else await watchInLines(simulation, { speed, end, signal, page }, print);
    await writeDown();
  } finally {
    await simulation.close();
  }
}

/**
 * Begins to record what a report is made of, if one is wanted.
 * @returns what writes it, told how many days there were to be, where fewer are a partial report
 */
async function recorded(
  simulation: Simulation,
  { report, seed }: SimulateOptions,
): Promise<(days?: number) => Promise<void>> {
  if (report === undefined) return async () => {};
  const { SimulationRecorder } = await import('../report/simulation-recorder');
  const { writeReport } = await import('../report/write-report');
  const recorder = new SimulationRecorder(simulation);
  const start = simulation.time;
  return (days = 0) => {
    const until = simulation.time;
    const read = (until - start) / DAY;
    const partial = read < days ? ({ read, of: days, unit: 'days', until } as const) : undefined;
    return writeReport(report, recorder.report(`m3ter simulate, seed ${seed}`, partial));
  };
}

/** How a simulation is to go, by whether somebody watches. */
interface Pace extends Pick<SimulationOptions, 'topUps'> {
  readonly speed: number;
  readonly start: number;
  readonly longestWait: number;
}

async function openSimulation(options: SimulateOptions, { speed, ...pace }: Pace): Promise<Simulation> {
  const { seed, meters, fidelity, feedGrid, tariff, listen } = options;
  const chain = await chooseChain(options, warn);
  const endNotice = chain === 'none' ? () => {} : noticeInTerminal(STARTING);
  const simulation = await Simulation.open({
    seed,
    meters,
    chain,
    ...pace,
    fidelity: fidelity ?? (speed > 1 ? 'phasor' : 'waveform'),
    feedsGrid: feedGrid === true,
    ...(tariff !== undefined && { tariff: readSimulatedTariff(tariff) }),
  }).finally(endNotice);
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

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
