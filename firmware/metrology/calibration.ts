import { failure, type Result, success } from '../result';

/** What turns one phase's counts into volts, amperes and watts. */
export interface PhaseCalibration {
  /** V at the terminals per ADC count */
  readonly voltsPerCount: number;
  /** A in the conductor per ADC count */
  readonly ampsPerCount: number;
  /** Degrees by which the current transformer's output leads the true current. */
  readonly phaseDegrees: number;
  /** µs by which the current of a sample set was converted later than its voltage. */
  readonly skewMicroseconds: number;
  /** W: less active power than this, of either sign, is taken for none. */
  readonly noLoadWatts: number;
}

/** The field whose value is impossible. */
export type CalibrationFault = keyof PhaseCalibration;

/**
 * The least and the greatest possible value of each field. The gains' reach from a microvolt to a medium-voltage
 * divider; a current transformer is off by 1° to 3°, a poor one at low current by 10°; the channels of one sample set
 * are never converted a millisecond apart; and nobody calls a kettle no load.
 */
export const CALIBRATION_LIMITS: Readonly<Record<CalibrationFault, readonly [number, number]>> = {
  voltsPerCount: [1e-6, 100],
  ampsPerCount: [1e-6, 100],
  phaseDegrees: [-15, 15],
  skewMicroseconds: [-1000, 1000],
  noLoadWatts: [0, 100],
};

/**
 * The same calibration when every value is a number within `CALIBRATION_LIMITS`; else the first field that is not.
 */
export function checkCalibration(calibration: PhaseCalibration): Result<PhaseCalibration, CalibrationFault> {
  for (const field of Object.keys(CALIBRATION_LIMITS) as CalibrationFault[]) {
    const [least, greatest] = CALIBRATION_LIMITS[field];
    const value = calibration[field];
    if (!(Number.isFinite(value) && value >= least && value <= greatest)) return failure(field);
  }
  return success(calibration);
}
