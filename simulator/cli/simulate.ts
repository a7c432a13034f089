import { Presets, SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { LiveSimulation } from '../live-simulation';
import { Simulation, START_TIME } from '../simulation';
import { reportLines, reportOf } from '../simulation-report';
import { Failure } from './errors';
import { positiveOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';

const DAY = 86400;
/** A live day begins when the house wakes up. */
const LIVE_START = START_TIME + 6 * 3600;
const LIVE_SPEED = 60;
/** s of simulated time between two looks at the clock, the progress bar and Ctrl-C */
const HEADLESS_STEP = 3600;

interface SimulateOptions {
  readonly meters: number;
  readonly days?: number;
  readonly seed: number;
  readonly speed?: number;
  readonly fidelity?: 'waveform' | 'phasor';
  readonly feedGrid?: true;
  readonly listen?: number;
  readonly headless?: true;
  readonly json?: true;
}

/** `m3ter simulate`: houses, meters, a broker and an operator, to watch or to run through. */
export function simulateCommand(print: Print = printLine): Command {
  return new Command('simulate')
    .description('Simulate a house with its meter, a broker and an operator.')
    .option('--meters <n>', 'how many houses, each with its meter', wholeNumberOption(1, 10_000), 1)
    .option('--days <n>', 'stop after so many simulated days (headless: 1)', positiveOption)
    .option('--seed <n>', 'the same seed gives the same days', wholeNumberOption(0, 2 ** 32 - 1), 1)
    .option(
      '--speed <n>',
      'simulated seconds per second (live: 60, headless: as fast as it goes)',
      positiveOption,
    )
    .option('--fidelity <kind>', 'waveform or phasor (waveform up to real time, else phasor)', fidelityOption)
    .option('--feed-grid', "the roofs' surplus goes to the grid")
    .option('--listen <port>', 'let MQTT clients in on 127.0.0.1', wholeNumberOption(1, 65535))
    .option('--headless', 'no live view: run through and report')
    .option('--json', 'report as JSON; implies --headless')
    .action(async (options: SimulateOptions) => {
      const headless = options.headless === true || options.json === true;
      const speed = options.speed ?? (headless ? Number.POSITIVE_INFINITY : LIVE_SPEED);
      const simulation = await Simulation.open({
        seed: options.seed,
        meters: options.meters,
        fidelity: options.fidelity ?? (speed > 1 ? 'phasor' : 'waveform'),
        feedsGrid: options.feedGrid === true,
        topUps: headless,
      });
      try {
        if (options.listen !== undefined) await listen(simulation, options.listen);
        if (headless) await runThrough(simulation, options, speed, print);
        else await watch(simulation, options, speed, print);
      } finally {
        await simulation.close();
      }
    });
}

/** Ctrl-C ends it early, and the report tells of what was simulated until then. */
async function runThrough(
  simulation: Simulation,
  { days = 1, seed, json }: SimulateOptions,
  speed: number,
  print: Print,
): Promise<void> {
  const started = performance.now();
  const end = START_TIME + days * DAY;
  const bar = new SingleBar(
    { clearOnComplete: true, format: '{bar} day {day} of {days}, {eta} s left' },
    Presets.shades_classic,
  );
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  if (process.stderr.isTTY) bar.start(days * DAY, 0, { day: '0.0', days });
  while (!interrupted && simulation.time < end) {
    await simulation.runUntil(Math.min(end, simulation.time + Math.min(HEADLESS_STEP, speed)));
    const simulated = simulation.time - START_TIME;
    bar.update(simulated, { day: (simulated / DAY).toFixed(1) });
    const ahead = (simulated / speed) * 1000 - (performance.now() - started);
    await new Promise(resolve => setTimeout(resolve, Math.max(0, ahead)));
  }
  bar.stop();
  process.off('SIGINT', interrupt);
  const report = reportOf(simulation, seed, (performance.now() - started) / 1000);
  for (const line of json ? [JSON.stringify(report)] : reportLines(report)) print(line);
}

async function watch(
  simulation: Simulation,
  { days }: SimulateOptions,
  speed: number,
  print: Print,
): Promise<void> {
  // Ink and React take a while to load, and a headless run has no use for them.
  const { showSimulation } = await import('../view/show');
  const { plainStatusLine } = await import('../view/plain-status-line');
  await simulation.runUntil(LIVE_START);
  const live = new LiveSimulation(simulation, speed);
  const end = days === undefined ? Number.POSITIVE_INFINITY : LIVE_START + days * DAY;
  process.once('SIGINT', live.actions.quit);
  process.once('SIGTERM', live.actions.quit);
  if (process.stdout.isTTY && process.stdin.isTTY) {
    const view = showSimulation(live, live.actions);
    await live.run(end);
    view.close();
    return;
  }
  const status = setInterval(() => print(plainStatusLine(live.getState())), 1000);
  await live.run(end);
  clearInterval(status);
  print(plainStatusLine(live.getState()));
}

async function listen(simulation: Simulation, port: number): Promise<void> {
  try {
    await simulation.broker.listen(port);
  } catch (error) {
    throw new Failure(
      `--listen: expected port ${port} to be free, got ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}

function fidelityOption(text: string): 'waveform' | 'phasor' {
  if (text !== 'waveform' && text !== 'phasor')
    throw new InvalidArgumentError('Expected waveform or phasor.');
  return text;
}
