import type { Window } from '../firmware/host';
import type { PhaseCalibration } from '../firmware/metrology/calibration';
import { Kernel } from '../firmware/metrology/kernel';
import { AnalogFrontEnd } from '../hosts/mock/analog/analog-front-end';
import type { AnalogHardware } from '../hosts/mock/analog/hardware';
import { sinusoidal } from '../hosts/mock/analog/load';
import { type Mains, symmetric } from '../hosts/mock/analog/mains';
import type { Prng } from '../hosts/mock/prng';
import { fitCalibration, USUAL_METER } from './calibration-fit';

/** Sample sets in a block */
const BLOCK = 64;
/** A, RMS: all resistive, and none */
const CURRENTS = [0, 0.5, 1, 2, 5, 10, 20, 40, 60];
/** s that each is recorded for */
const RECORDING_TIME = 120;
/** Windows until the transformers have settled */
const SETTLING_WINDOWS = 25;

/** The windows that the kernel makes of a front end's samples. @throws Error when the converter clips */
export function recordWindows(
  hardware: AnalogHardware,
  prng: Prng,
  mains: Mains,
  seconds: number,
  onWindow: (window: Window) => void,
): void {
  const { phases } = hardware;
  const frontEnd = new AnalogFrontEnd(hardware, prng, mains);
  const kernel = new Kernel({ phases, startTime: 0 }, onWindow);
  const block = new Uint16Array(2 * phases * BLOCK);
  while (frontEnd.time < seconds * 1e6) kernel.add(block, BLOCK, frontEnd.fill(block, BLOCK));
  if (frontEnd.takeClipped()) throw new Error('samples: expected none at an end of the range, got some');
}

/**
 * The calibration of a front end, one for each phase, with the fit that `m3ter calibrate` uses: by resistive loads of eight
 * currents, and none, which a reference without error reads for two minutes each.
 * @param volts RMS
 * @param frequency Hz
 * @throws Error when the fit is refused
 */
export function calibrateFrontEnd(
  hardware: AnalogHardware,
  volts: number,
  frequency: number,
  prng: Prng,
): PhaseCalibration[] {
  const recordings = CURRENTS.map(amps => {
    const loads = Array.from({ length: hardware.phases }, () => sinusoidal(amps));
    const windows: Window[] = [];
    const mains = symmetric(volts, frequency, loads);
    recordWindows(hardware, prng.fork(`${amps} A`), mains, RECORDING_TIME, window => windows.push(window));
    return { name: `${amps} A`, windows: windows.slice(SETTLING_WINDOWS), reference: { volts, amps } };
  });
  return Array.from({ length: hardware.phases }, (_, phase) => {
    const points = recordings.map(recording => ({ ...recording, phase }));
    const fit = fitCalibration(points, { ...USUAL_METER, skewMicroseconds: hardware.conversionInterval });
    if (!fit.ok) throw new Error(`calibration: ${fit.fault}`);
    return fit.value.calibration;
  });
}
