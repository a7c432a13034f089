import type { Prng } from '../prng';

/** What can happen to a message between a chip and the board. */
export const LINE_FAULTS = [
  'none',
  'lost',
  'noise-before',
  'noise-within',
  'noise-after',
  'flipped-bit',
  'cut-short',
  'headless',
  'stutter',
] as const;

export type LineFault = (typeof LINE_FAULTS)[number];

const LONGEST_NOISE = 40;

/** What arrives of a message. */
export function spoil(message: Uint8Array, fault: LineFault, prng: Prng): Uint8Array {
  const place = Math.floor(prng.uniform() * message.length);
  const noise = prng.bytes(1 + Math.floor(prng.uniform() * LONGEST_NOISE));
  const [head, tail] = [message.slice(0, place), message.slice(place)];
  switch (fault) {
    case 'none':
      return message;
    case 'lost':
      return new Uint8Array();
    case 'noise-before':
      return joined(noise, message);
    case 'noise-within':
      return joined(head, noise, tail);
    case 'noise-after':
      return joined(message, noise);
    case 'flipped-bit':
      return message.map((byte, index) => (index === place ? byte ^ (1 << (prng.bits() & 7)) : byte));
    case 'cut-short':
      return head;
    case 'headless':
      return tail.subarray(1);
    case 'stutter':
      return joined(head, message);
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]));
}
