const { PI, SQRT2, sin } = Math;
const RADIANS_PER_DEGREE = PI / 180;

/** A component of a periodic wave, of which the fundamental is sin a. */
export interface Harmonic {
  /** 2 or more */
  readonly order: number;
  /** RMS by that of the fundamental */
  readonly ratio: number;
  /** It goes by sin(order · a + degrees). */
  readonly degrees: number;
}

/** What draws current: the same in every cycle, or in bursts of whole cycles. */
export interface Load {
  /** A at an angle of the voltage's fundamental: rad, 0 to 2π; the fundamental rises through 0 at 0. */
  current(angle: number): number;
  /** Absent: always on. Phase 1's holds for all phases. */
  readonly bursts?: Bursts;
}

/** Whole cycles with current, then cycles without. */
export interface Bursts {
  readonly on: number;
  readonly off: number;
}

/** Open terminals. */
export const NO_LOAD: Load = { current: () => 0 };

/**
 * @param amps RMS of the fundamental; power is fed where it is negative
 * @param lag degrees by which it follows the voltage: positive is inductive
 */
export function sinusoidal(amps: number, lag = 0, harmonics: readonly Harmonic[] = []): Load {
  const peak = SQRT2 * amps;
  const shift = lag * RADIANS_PER_DEGREE;
  return { current: angle => peak * wave(angle - shift, harmonics) };
}

/** The positive half-waves, as a diode leaves them. @param amps RMS of the sine that they are cut from */
export function halfWave(amps: number): Load {
  const peak = SQRT2 * amps;
  return { current: angle => (angle < PI ? peak * sin(angle) : 0) };
}

/**
 * Both half-waves from the angle on at which they are fired, as by a dimmer.
 * @param amps RMS of the sine that they are cut from
 * @param degrees 0 to 180
 */
export function phaseFired(amps: number, degrees: number): Load {
  const peak = SQRT2 * amps;
  const firing = degrees * RADIANS_PER_DEGREE;
  return { current: angle => peak * sin(angle) * conduction(angle % PI, firing) };
}

/** A load that is switched for whole cycles. */
export function inBursts({ current }: Load, on: number, off: number): Load {
  return { current, bursts: { on, off } };
}

/** The wave whose fundamental is sin a, at a. */
export function wave(angle: number, harmonics: readonly Harmonic[]): number {
  let value = sin(angle);
  for (const { order, ratio, degrees } of harmonics)
    value += ratio * sin(order * angle + degrees * RADIANS_PER_DEGREE);
  return value;
}

/** At the very edge half of the current flows, so that straight lines between a cycle's nodes enclose the same area. */
function conduction(angle: number, firing: number): number {
  if (Math.abs(angle - firing) < 1e-9) return 0.5;
  return angle < firing ? 0 : 1;
}
