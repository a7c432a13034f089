import { EnergyAccumulator } from '../../firmware/metrology/energy';
import { measure } from '../../firmware/metrology/measure';
import { calibrationOf, type FrontEnd, TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../hosts/mock/phasor';
import { Prng } from '../../hosts/mock/prng';
import { WaveformFrontEnd } from '../../hosts/mock/waveform';
import { Home } from '../home';
import { House } from '../house/house';
import { DAY, HOUR, MINUTE } from '../house/time';
import type { Fidelity } from '../simulated-meter';
import { Simulation, START_TIME } from '../simulation';
import { reportOf, type SimulationReport } from '../simulation-report';
import { TIME_OF_USE } from '../time-of-use';
import type { BenchRow, Effort } from './row';
import { median } from './timing';

const SEED = 1;
/** s since midnight: when the house is at its liveliest */
const EVENING = 18 * HOUR;

/** Whole simulations, with house, meter, signatures, broker and operator: how fast they run, and how true they are. */
export async function benchSimulation({ simulations, days, waveformMinutes }: Effort): Promise<BenchRow[]> {
  const phasor: SimulationReport[] = [];
  while (phasor.length < simulations) phasor.push(await simulate('phasor', days * DAY));
  const waveform = await simulate('waveform', waveformMinutes * MINUTE);
  // The same seed gives the same days, however long they take.
  const metered = phasor[0]?.meters[0];
  if (metered === undefined) throw new Error('simulation: expected a meter in the report, got none');
  return [
    {
      name: 'simulation, phasor',
      value: median(phasor.map(({ speedUp }) => speedUp)),
      unit: 'times real time',
      // A year in ten minutes.
      budget: { atLeast: 50_000 },
    },
    { name: 'simulation, waveform', value: waveform.speedUp, unit: 'times real time' },
    {
      name: 'energy, phasor against waveform',
      value: 100 * Math.abs(accuracyOf('phasor', waveformMinutes) - accuracyOf('waveform', waveformMinutes)),
      unit: '%',
      budget: { atMost: 0.05 },
    },
    {
      name: 'energy, metered against true',
      value: (100 * Math.abs(metered.imported - metered.trueEnergy)) / metered.trueEnergy,
      unit: '%',
      budget: { atMost: 0.5 },
    },
  ];
}

/** @param seconds of simulated time */
async function simulate(fidelity: Fidelity, seconds: number): Promise<SimulationReport> {
  const started = performance.now();
  const house = { feedsGrid: true, tariff: TIME_OF_USE, topUps: true };
  const options = { seed: SEED, meters: 1, fidelity, chain: 'none', ...house } as const;
  const simulation = await Simulation.open(options);
  try {
    await simulation.runUntil(START_TIME + seconds);
    return await reportOf(simulation, SEED, (performance.now() - started) / 1000);
  } finally {
    await simulation.close();
  }
}

/** Metered over true energy, of just the same windows of an evening. */
function accuracyOf(fidelity: Fidelity, minutes: number): number {
  const start = EVENING * 1e6;
  const home = new Home(new House(SEED));
  home.setConnected(true, start);
  const prng = new Prng('accuracy');
  const frontEnd: FrontEnd =
    fidelity === 'phasor'
      ? new PhasorFrontEnd(TYPICAL_HARDWARE, prng, start)
      : new WaveformFrontEnd(TYPICAL_HARDWARE, prng, start);
  const calibrations = calibrationOf(TYPICAL_HARDWARE);
  const accumulator = new EnergyAccumulator();
  let energy = 0;
  let time = start;
  while (time < start + minutes * MINUTE * 1e6) {
    const window = frontEnd.next(home.line);
    time += window.duration;
    const { imported, exported } = accumulator.accumulate(measure(window, calibrations));
    energy += imported - exported;
  }
  home.line(time);
  return energy / (home.imported - home.exported);
}
