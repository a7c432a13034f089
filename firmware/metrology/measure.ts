import type { Measurement, Window } from '../host';
import type { PhaseCalibration } from './calibration';
import { Metrology } from './metrology';

/**
 * The calibrated measurement of a window by itself, however little it shows: no load is not told from noise.
 * @throws RangeError when there is not one calibration for each phase.
 */
export function measure(window: Window, calibrations: readonly PhaseCalibration[]): Measurement {
  return new Metrology(calibrations.map(calibration => ({ ...calibration, noLoadWatts: 0 }))).take(window);
}
