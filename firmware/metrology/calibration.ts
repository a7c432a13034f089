import { failure, type Result, success } from '../result';

/** How gain and phase of a current transformer and its converter differ at one current from what the gains say. */
export interface CurrentCorrection {
  /** A, as measured without any correction: the corrections between two of these are interpolated. */
  readonly amps: number;
  /** True current by current as measured */
  readonly gain: number;
  /** Degrees to be added to `phaseDegrees` */
  readonly phaseDegrees: number;
}

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
  /** W: less active power than this, of either sign and averaged over some seconds, is taken for none. */
  readonly noLoadWatts: number;
  /** A, RMS: what the noise of the current's channel reads like. Absent: 0 */
  readonly noiseAmps?: number;
  /** µS: crosstalk, the current that is read per volt while none flows, in phase with the voltage. Absent: 0 */
  readonly offsetMicrosiemens?: number;
  /** µS: likewise, of the current a quarter cycle behind the voltage. Absent: 0 */
  readonly offsetReactiveMicrosiemens?: number;
  /** The current transformer looks the wrong way, and somebody has agreed to turn its sign, before any offset. Absent: false */
  readonly reversed?: boolean;
  /** At most 12, by ascending `amps`; below the first and above the last they stay as they are there. Absent: none */
  readonly byCurrent?: readonly CurrentCorrection[];
}

/** The field whose value is impossible. */
export type CalibrationFault = keyof PhaseCalibration;

/** A field that is one number. */
export type CalibrationNumber = Exclude<CalibrationFault, 'reversed' | 'byCurrent'>;

type Limits<Name extends string> = Readonly<Record<Name, readonly [number, number]>>;

/**
 * The least and the greatest possible value of each number. The gains' reach from a microvolt to a medium-voltage
 * divider; a current transformer is off by 1° to 3°, a poor one at low current by 10°; the channels of one sample set
 * are never converted a millisecond apart; nobody calls a kettle no load; and noise or crosstalk of a kettle's current
 * is a broken front end.
 */
export const CALIBRATION_LIMITS: Limits<CalibrationNumber> = {
  voltsPerCount: [1e-6, 100],
  ampsPerCount: [1e-6, 100],
  phaseDegrees: [-15, 15],
  skewMicroseconds: [-1000, 1000],
  noLoadWatts: [0, 100],
  noiseAmps: [0, 10],
  offsetMicrosiemens: [-10_000, 10_000],
  offsetReactiveMicrosiemens: [-10_000, 10_000],
};

/** The same of a correction's numbers: what is further from the gain than a tenth is a reading mistyped. */
export const CORRECTION_LIMITS: Limits<keyof CurrentCorrection> = {
  amps: [0, 100_000],
  gain: [0.9, 1.1],
  phaseDegrees: [-15, 15],
};

export const MOST_CORRECTIONS = 12;

/** What may be left out, and stays so. */
const OPTIONAL: readonly CalibrationFault[] = [
  'noiseAmps',
  'offsetMicrosiemens',
  'offsetReactiveMicrosiemens',
];

/**
 * The same calibration when every value is possible: a number within `CALIBRATION_LIMITS`, a table as `byCurrent` says.
 * Else the first field that is not. Nothing in it need be of the type: what comes from a file is no number either.
 */
export function checkCalibration(calibration: PhaseCalibration): Result<PhaseCalibration, CalibrationFault> {
  for (const field of Object.keys(CALIBRATION_LIMITS) as CalibrationNumber[]) {
    const value = calibration[field];
    const isLeftOut = value === undefined && OPTIONAL.includes(field);
    if (!isLeftOut && !isWithin(CALIBRATION_LIMITS[field], value)) return failure(field);
  }
  const { reversed, byCurrent } = calibration;
  if (reversed !== undefined && typeof reversed !== 'boolean') return failure('reversed');
  if (byCurrent !== undefined && !isTable(byCurrent)) return failure('byCurrent');
  return success(calibration);
}

function isTable(content: unknown): boolean {
  if (!Array.isArray(content) || content.length > MOST_CORRECTIONS) return false;
  let amps = -1;
  for (const correction of content as readonly unknown[]) {
    if (!isCorrection(correction) || correction.amps <= amps) return false;
    amps = correction.amps;
  }
  return true;
}

function isCorrection(content: unknown): content is CurrentCorrection {
  if (typeof content !== 'object' || content === null) return false;
  const names = Object.keys(CORRECTION_LIMITS) as (keyof CurrentCorrection)[];
  if (Object.keys(content).length !== names.length) return false;
  return names.every(name => isWithin(CORRECTION_LIMITS[name], (content as CurrentCorrection)[name]));
}

function isWithin([least, greatest]: readonly [number, number], value: unknown): boolean {
  return typeof value === 'number' && value >= least && value <= greatest;
}
