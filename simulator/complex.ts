/** A power with its reactive part as the imaginary one, or a ratio of two. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export function add(a: Complex, b: Complex): Complex {
  return { re: a.re + b.re, im: a.im + b.im };
}

export function scale(a: Complex, factor: number): Complex {
  return { re: a.re * factor, im: a.im * factor };
}

export function multiply(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

/** Of no meaning when `b` is 0. */
export function divide(a: Complex, b: Complex): Complex {
  const square = b.re * b.re + b.im * b.im;
  return scale(multiply(a, { re: b.re, im: -b.im }), 1 / square);
}

export function size({ re, im }: Complex): number {
  return Math.hypot(re, im);
}

/** rad, −π to π */
export function angle({ re, im }: Complex): number {
  return Math.atan2(im, re);
}

/** Of size 1, and this angle in rad. */
export function turn(radians: number): Complex {
  return { re: Math.cos(radians), im: Math.sin(radians) };
}
