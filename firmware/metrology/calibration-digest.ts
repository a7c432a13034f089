import { concat } from '../bytes';
import type { Crypto } from '../host';
import type { CurrentCorrection, PhaseCalibration } from './calibration';

const FORM = 1;
/** In one of a field's own unit: fine enough for a gain of a microvolt, and exact up to 9000. */
const STEPS = 1e12;
/** Steps that 8 bytes with a sign hold. */
const LIMIT = 2 ** 63;
const WORD = 2 ** 32;

const NUMBERS = [
  'voltsPerCount',
  'ampsPerCount',
  'phaseDegrees',
  'skewMicroseconds',
  'noLoadWatts',
  'noiseAmps',
  'offsetMicrosiemens',
  'offsetReactiveMicrosiemens',
] as const satisfies readonly (keyof PhaseCalibration)[];
const CORRECTION_NUMBERS = [
  'amps',
  'gain',
  'phaseDegrees',
] as const satisfies readonly (keyof CurrentCorrection)[];

/**
 * By what a meter measures, in 32 bytes: the SHA-256 of the calibrations of all phases, in their order, an empty list for
 * a metering chip. It is the same whoever computes it and however the calibration was written down:
 *
 *     calibrations  form u8 = 1 | number of phases u8 | phases
 *     phase         voltsPerCount | ampsPerCount | phaseDegrees | skewMicroseconds | noLoadWatts | noiseAmps |
 *                   offsetMicrosiemens | offsetReactiveMicrosiemens | reversed u8 | number of corrections u8 |
 *                   corrections
 *     correction    amps | gain | phaseDegrees
 *
 * Each number is i64, big-endian, in 10⁻¹² of its unit, to the nearest, halves up. What is absent counts as what it stands
 * for: 0, not reversed, no corrections.
 * @throws RangeError when a number is not finite, or beyond ±9.2 million.
 */
export function calibrationDigest(
  crypto: Pick<Crypto, 'sha256'>,
  calibrations: readonly PhaseCalibration[],
): Uint8Array {
  return crypto.sha256(concat(Uint8Array.of(FORM, calibrations.length), ...calibrations.map(phaseBytes)));
}

function phaseBytes(calibration: PhaseCalibration): Uint8Array {
  const { reversed = false, byCurrent = [] } = calibration;
  return concat(
    ...NUMBERS.map(name => fixedPoint(name, calibration[name] ?? 0)),
    Uint8Array.of(reversed ? 1 : 0, byCurrent.length),
    ...byCurrent.flatMap(point => CORRECTION_NUMBERS.map(name => fixedPoint(name, point[name]))),
  );
}

function fixedPoint(name: string, value: number): Uint8Array {
  const count = Math.round(value * STEPS);
  if (!(count >= -LIMIT && count < LIMIT))
    throw new RangeError(`${name}: expected a number within ±${Math.floor(LIMIT / STEPS)}, got ${value}`);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const high = Math.floor(count / WORD);
  view.setInt32(0, high);
  view.setUint32(4, count - high * WORD);
  return bytes;
}
