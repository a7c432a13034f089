import { type Harmonic, type Load, NO_LOAD, sinusoidal } from './load';

/** One phase as its terminals show it: the voltage against neutral, and what is drawn. */
export interface MainsPhase {
  /** V, RMS of the fundamental; 0 when the phase is absent */
  readonly volts: number;
  /** Degrees by which its voltage follows that of phase 1 */
  readonly degrees: number;
  readonly harmonics?: readonly Harmonic[];
  readonly load: Load;
}

/** The line as it is until it changes. */
export interface Mains {
  /** Hz, 45 to 65, about which the frequency drifts */
  readonly frequency: number;
  /**
   * Hz, RMS, of the drift. In the interconnected grids of Europe it is some 20 mHz over hours (ENTSO-E holds it within
   * 50 mHz), and half of that over the minutes that something is measured for. Absent: 0.01
   */
  readonly drift?: number;
  /** 1 to 3 */
  readonly phases: readonly MainsPhase[];
}

/** Hz */
export const TYPICAL_DRIFT = 0.01;

/** `reversed`: phase 3 comes before phase 2. */
export type Sequence = 'normal' | 'reversed';

/** A symmetric system of as many phases as there are loads, 120° apart when there are three. */
export function symmetric(
  volts: number,
  frequency: number,
  loads: readonly Load[],
  sequence: Sequence = 'normal',
): Mains {
  const turn = (sequence === 'reversed' ? -360 : 360) / loads.length;
  return { frequency, phases: loads.map((load, p) => ({ volts, degrees: p * turn, load })) };
}

/** What a load draws at the nominal voltage. */
export interface Impedance {
  /** A, RMS */
  readonly amps: number;
  /** Degrees by which it follows the voltage */
  readonly lag: number;
}

/**
 * Three phases whose neutral is interrupted: the loads between them shift the star point, by Millman's theorem to
 * ΣUY / ΣY, and each draws what its impedance lets through at the voltage that is left.
 * @throws RangeError when no load is there to hold the star point
 */
export function withoutNeutral(volts: number, frequency: number, loads: readonly Impedance[]): Mains {
  const sources = loads.map((_, p) => polar(volts, -120 * p));
  const admittances = loads.map(({ amps, lag }) => polar(amps / volts, -lag));
  const sum = admittances.reduce(add);
  if (magnitude(sum) === 0) throw new RangeError('loads: expected at least one that draws current, got none');
  const starPoint = quotient(
    sources.map((source, p) => product(source, admittances[p] as Complex)).reduce(add),
    sum,
  );
  const phases = sources.map((source, p) => {
    const left = { re: source.re - starPoint.re, im: source.im - starPoint.im };
    const { amps, lag } = loads[p] as Impedance;
    const phaseVolts = magnitude(left);
    const load = amps === 0 ? NO_LOAD : sinusoidal((amps * phaseVolts) / volts, lag);
    return { volts: phaseVolts, degrees: (-Math.atan2(left.im, left.re) * 180) / Math.PI, load };
  });
  return { frequency, phases };
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

function polar(length: number, degrees: number): Complex {
  const angle = (degrees * Math.PI) / 180;
  return { re: length * Math.cos(angle), im: length * Math.sin(angle) };
}

function add(a: Complex, b: Complex): Complex {
  return { re: a.re + b.re, im: a.im + b.im };
}

function product(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

function quotient(a: Complex, b: Complex): Complex {
  const square = b.re ** 2 + b.im ** 2;
  return { re: (a.re * b.re + a.im * b.im) / square, im: (a.im * b.re - a.re * b.im) / square };
}

function magnitude({ re, im }: Complex): number {
  return Math.hypot(re, im);
}
