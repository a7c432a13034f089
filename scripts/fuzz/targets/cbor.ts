import { type CborValue, decodeCbor } from '../../../firmware/attest/cbor';
import { MAXIMUM_ENVELOPE_LENGTH } from '../../../firmware/attest/envelope';
import { expect } from '../breaches';
import { below, drawBytes } from '../draw';
import { drawCbor, drawMessageMap } from '../draw-cbor';
import { mutate } from '../mutate';
import type { Target } from '../target';

const MOST_ITEMS = 192;

/** Whatever claims to be CBOR. */
export function cborTarget(): Target {
  return {
    draw(prng) {
      const way = below(prng, 10);
      if (way < 2) return drawBytes(prng, MAXIMUM_ENVELOPE_LENGTH + 10);
      const item = below(prng, 3) === 0 ? drawMessageMap(prng) : drawCbor(prng);
      return way < 6 ? item : mutate(prng, item, [item, drawCbor(prng)]);
    },

    take(input) {
      const value = decodeCbor(input, MAXIMUM_ENVELOPE_LENGTH);
      if (value === undefined) return;
      const items = countItems(value as CborValue);
      expect(items <= MOST_ITEMS, 'accepted', `expected at most ${MOST_ITEMS} items, got ${items}`);
      expect(input.length <= MAXIMUM_ENVELOPE_LENGTH, 'accepted', `${input.length} bytes`);
    },
  };
}

/** Also of what no decoder should have made. @throws BrokenPromise at the first that is not of the subset */
function countItems(value: CborValue): number {
  if (Array.isArray(value)) return value.reduce((sum, element) => sum + countItems(element), 1);
  if (value instanceof Map)
    return [...value].reduce((sum, [key, element]) => sum + countItems(key) + countItems(element), 1);
  const isOne = value instanceof Uint8Array || ['number', 'bigint', 'string'].includes(typeof value);
  expect(isOne && !Number.isNaN(value), 'accepted', `expected none of ${value}`);
  return 1;
}
