import type { Phasor } from './fundamental';

const { sqrt } = Math;

const HALF_SQRT_3 = sqrt(3) / 2;

/**
 * How much of three phasors is a symmetrical system of the sequence L1, L2, L3, how much one of the opposite sequence,
 * and how much is in all three alike: the squares of Fortescue's symmetrical components (C. L. Fortescue, 1918).
 */
export class SymmetricalComponents {
  readonly positive: number;
  readonly negative: number;
  readonly zero: number;

  constructor(first: Phasor, second: Phasor, third: Phasor) {
    // With a = −½ + j·√3/2: positive is (V1 + a·V2 + a²·V3) / 3, negative (V1 + a²·V2 + a·V3) / 3.
    const sumReal = second.real + third.real;
    const sumImaginary = second.imaginary + third.imaginary;
    const acrossReal = HALF_SQRT_3 * (second.real - third.real);
    const acrossImaginary = HALF_SQRT_3 * (second.imaginary - third.imaginary);
    const real = first.real - sumReal / 2;
    const imaginary = first.imaginary - sumImaginary / 2;
    this.positive = squareOfThird(real - acrossImaginary, imaginary + acrossReal);
    this.negative = squareOfThird(real + acrossImaginary, imaginary - acrossReal);
    this.zero = squareOfThird(first.real + sumReal, first.imaginary + sumImaginary);
  }
}

function squareOfThird(real: number, imaginary: number): number {
  return (real * real + imaginary * imaginary) / 9;
}
