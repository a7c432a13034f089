import type { Prng } from './prng';

interface BadByte {
  /** Bits that read as they were stuck, and as what. */
  stuck: number;
  value: number;
  weak: number;
  /** That a weak bit reads wrong, 0 to 1 */
  probability: number;
}

/** Bits of a flash region that do not read as they were written. */
export class BadBits {
  readonly #prng: Prng;
  /** By offset. */
  readonly #bytes = new Map<number, BadByte>();

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  stick(offset: number, mask: number, value: 0 | 1): void {
    const byte = this.#at(offset);
    byte.stuck |= mask;
    byte.value = value === 1 ? byte.value | mask : byte.value & ~mask;
  }

  weaken(offset: number, mask: number, probability: number): void {
    Object.assign(this.#at(offset), { weak: mask, probability });
  }

  /** Does to bytes that were read from `offset` on what the bad bits among them do. */
  spoil(offset: number, bytes: Uint8Array): void {
    for (const [place, { stuck, value, weak, probability }] of this.#bytes) {
      const k = place - offset;
      if (k < 0 || k >= bytes.length) continue;
      let wrong = 0;
      for (let bit = 1; bit < 256; bit <<= 1)
        if ((weak & bit) !== 0 && this.#prng.uniform() < probability) wrong |= bit;
      bytes[k] = (((bytes[k] as number) ^ wrong) & ~stuck) | (value & stuck);
    }
  }

  #at(offset: number): BadByte {
    const known = this.#bytes.get(offset);
    const byte = known ?? { stuck: 0, value: 0, weak: 0, probability: 0 };
    this.#bytes.set(offset, byte);
    return byte;
  }
}
