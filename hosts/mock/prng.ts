/**
 * Reproducible randomness: the same seed gives the same numbers everywhere. The generator is sfc32 of Chris
 * Doty-Humphrey's PractRand 0.94 (public domain), seeded by hashing a text. Not for secrets.
 */
export class Prng {
  readonly #seed: string;
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;
  #spare: number | undefined;

  /** @param seed any number or text; 1 and '1' are the same seed */
  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#a = hash(this.#seed, 1);
    this.#b = hash(this.#seed, 2);
    this.#c = hash(this.#seed, 3);
    for (let k = 0; k < 12; k++) this.bits();
  }

  /** A generator of its own for one purpose, the same however much has been drawn from this one. */
  fork(name: string): Prng {
    return new Prng(`${this.#seed}/${name}`);
  }

  /** 32 random bits, 0 to 2³² − 1 */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.bits() & 0xff);
  }

  /** 0 to below 1 */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** Mean 0, standard deviation 1, by Marsaglia's polar method. */
  gaussian(): number {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * scale;
      return x * scale;
    }
  }
}

/** FNV-1a over the text's UTF-16 units, begun differently for each `variant`; 32 bits. */
function hash(text: string, variant: number): number {
  let value = 0x811c9dc5 ^ variant;
  for (let k = 0; k < text.length; k++) value = Math.imul(value ^ text.charCodeAt(k), 0x01000193);
  return value | 0;
}
