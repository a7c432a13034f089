import type { Window } from '../../firmware/host';
import { EnergyAccumulator, totalActivePower } from '../../firmware/metrology/energy';
import { Metrology } from '../../firmware/metrology/metrology';
import type { AnalogHardware } from '../../hosts/mock/analog/hardware';
import type { FrontEndHardware, Line } from '../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../hosts/mock/phasor';
import { Prng } from '../../hosts/mock/prng';
import type { AccuracyRig } from './accuracy-rig';

const DAY = 86_400e6;
/** Of Un (IEC 62053-21 §8.3.2) */
const OVERVOLTAGE = 1.15;
/** Windows that the noise is told from: an hour and a half */
const WINDOWS = 27_000;

/** What a meter registers while nothing is connected. */
export interface NoLoadOutcome {
  /** mWh, imported and exported together */
  readonly registered: number;
  /** W, mean and standard deviation of a window's power before the no-load gate */
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Days without load, of windows that are drawn from the distribution that noise, rounding and crosstalk give the sums: what
 * takes the samples themselves half an hour a week. `sampledNoLoad` gives the same mean and deviation from samples.
 */
export function runNoLoad(rig: AccuracyRig, days: number, seed: string): NoLoadOutcome {
  const frontEnd = new PhasorFrontEnd(summedHardware(rig), new Prng(seed), 0);
  const line = crosstalkLine(rig);
  const world = () => line;
  const metrology = new Metrology(rig.calibrations);
  const accumulator = new EnergyAccumulator();
  const statistics = new PowerStatistics(rig);
  let registered = 0;
  for (let time = 0; time < days * DAY; ) {
    const window = frontEnd.next(world);
    time += window.duration;
    if (statistics.count < WINDOWS) statistics.take(window);
    const { imported, exported } = accumulator.accumulate(metrology.take(window));
    registered += imported + exported;
  }
  return { registered, mean: statistics.mean, deviation: statistics.deviation };
}

/** The same power's mean and deviation from every sample of the analog front end. */
export function sampledNoLoad(rig: AccuracyRig, seconds: number): Omit<NoLoadOutcome, 'registered'> {
  const statistics = new PowerStatistics(rig);
  rig.windows(rig.symmetric(OVERVOLTAGE, []), 'no load', seconds, window => statistics.take(window));
  return { mean: statistics.mean, deviation: statistics.deviation };
}

/** The analog hardware as far as windows of sums show it, with the gains of the meter's calibration. */
function summedHardware({ hardware, calibrations }: AccuracyRig): FrontEndHardware {
  const [calibration] = calibrations;
  const [lowest] = calibration?.byCurrent ?? [];
  if (calibration === undefined || lowest === undefined) throw new Error('calibration: expected a table');
  const bias = biasCounts(hardware);
  return {
    phases: hardware.phases,
    bits: 12,
    samplePeriod: hardware.samplePeriod,
    voltageBias: bias,
    currentBias: bias,
    voltsPerCount: calibration.voltsPerCount,
    ampsPerCount: calibration.ampsPerCount * lowest.gain,
    phaseDegrees: calibration.phaseDegrees + lowest.phaseDegrees,
    skewMicroseconds: hardware.conversionInterval,
    noise: meanNoise(hardware),
  };
}

function biasCounts({ bias, converter }: AnalogHardware): number {
  return Math.round((bias.millivolts - converter.zero) / converter.millivoltsPerCount);
}

/** Counts, RMS, transmissions included */
function meanNoise({ noise }: AnalogHardware): number {
  const share = noise.lasting / noise.every;
  return Math.sqrt((1 - share) * noise.counts ** 2 + share * noise.transmitting ** 2);
}

/** What the crosstalk looks like: a load in each phase. */
function crosstalkLine({ hardware, volts, frequency }: AccuracyRig): Line {
  const { conductance, susceptance } = hardware.current.crosstalk;
  const voltage = OVERVOLTAGE * volts;
  const perMicrosiemens = voltage ** 2 * 1e-6;
  const phase = { activePower: conductance * perMicrosiemens, reactivePower: susceptance * perMicrosiemens };
  const phases = Array.from({ length: hardware.phases }, () => phase);
  return { voltage, frequency, phases, until: Number.POSITIVE_INFINITY };
}

/** Of the power before the no-load gate. */
class PowerStatistics {
  readonly #ungated: Metrology;
  #sum = 0;
  #squares = 0;
  count = 0;

  constructor({ calibrations }: AccuracyRig) {
    this.#ungated = new Metrology(calibrations.map(calibration => ({ ...calibration, noLoadWatts: 0 })));
  }

  take(window: Window): void {
    // A piece of a cycle has a power of its own.
    if (window.cycles === 0) return;
    const power = totalActivePower(this.#ungated.take(window).phases);
    this.#sum += power;
    this.#squares += power * power;
    this.count++;
  }

  get mean(): number {
    return this.#sum / this.count;
  }

  get deviation(): number {
    return Math.sqrt(this.#squares / this.count - this.mean ** 2);
  }
}
