import type { PhaseMeasurement, Window } from '../../firmware/host';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { Kernel } from '../../firmware/metrology/kernel';
import { Metrology } from '../../firmware/metrology/metrology';
import { AnalogFrontEnd } from '../../hosts/mock/analog/analog-front-end';
import { type AnalogHardware, TYPICAL_ESP32_FRONT_END } from '../../hosts/mock/analog/hardware';
import { sinusoidal } from '../../hosts/mock/analog/load';
import { symmetric } from '../../hosts/mock/analog/mains';
import { Prng } from '../../hosts/mock/prng';
import { AccuracyRig } from '../../simulator/bench/accuracy-rig';

/** Un, V */
export const VOLTS = 230;
const FREQUENCY = 50;
/** Sample sets in a block */
const BLOCK = 64;
/** µs until the transformers have settled */
const SETTLING = 3e6;

/** A load at the terminals of a meter with a front end as bad as a real one. */
export interface AnalogLoad {
  /** A, RMS; negative where the current transformer is the wrong way round */
  readonly amps: number;
  /** Degrees by which the current follows the voltage */
  readonly lag?: number;
  /** The voltage by Un. Absent: 1 */
  readonly ofNominal?: number;
  /** Absent: the typical one */
  readonly hardware?: AnalogHardware;
}

/** The bench's meter on that front end, calibrated as `m3ter calibrate` does it. */
export const BENCH = new AccuracyRig(TYPICAL_ESP32_FRONT_END, VOLTS, FREQUENCY, 'complaints');
export const CALIBRATION = BENCH.calibrations[0] as PhaseCalibration;

/** Every sample of so many seconds through the kernel. */
export function sampled(load: AnalogLoad, seconds: number): Window[] {
  const { amps, lag = 0, ofNominal = 1, hardware = TYPICAL_ESP32_FRONT_END } = load;
  const mains = symmetric(ofNominal * VOLTS, FREQUENCY, [sinusoidal(amps, lag)]);
  const frontEnd = new AnalogFrontEnd(hardware, new Prng(JSON.stringify(load)), mains);
  const windows: Window[] = [];
  const kernel = new Kernel({ phases: 1, startTime: 0 }, window => {
    if (frontEnd.time > SETTLING) windows.push(window);
  });
  const block = new Uint16Array(2 * BLOCK);
  while (frontEnd.time < seconds * 1e6 + SETTLING) kernel.add(block, BLOCK, frontEnd.fill(block, BLOCK));
  return windows;
}

/** W that the load truly takes. */
export function powerOf({ amps, lag = 0, ofNominal = 1 }: AnalogLoad): number {
  return ofNominal * VOLTS * amps * Math.cos((lag * Math.PI) / 180);
}

/** s */
export function lengthOf(windows: readonly Window[]): number {
  return windows.reduce((sum, { duration }) => sum + duration, 0) * 1e-6;
}

/** Mean of what a meter with this calibration measures. */
export function mean(
  windows: readonly Window[],
  calibration: PhaseCalibration,
  quantity: keyof PhaseMeasurement,
): number {
  const metrology = new Metrology([calibration]);
  const values = windows.map(window => metrology.take(window).phases[0]?.[quantity] ?? Number.NaN);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
