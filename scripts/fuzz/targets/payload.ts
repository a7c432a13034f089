import { decodePayloadV2, encodePayloadV2 } from '../../../firmware/attest/m3tering-v2';
import { Prng } from '../../../hosts/mock/prng';
import { expect } from '../breaches';
import { below, bytesOf, drawBytes, one } from '../draw';
import { mutate } from '../mutate';
import type { Target } from '../target';

const LENGTHS = [72, 74, 106, 109, 112];

/** A payload of the M3tering protocol, v2. */
export function payloadTarget(): Target {
  const setup = new Prng('payloads');
  const right = LENGTHS.map(length => bytesOf(setup, length));

  return {
    draw(prng) {
      const way = below(prng, 3);
      if (way === 0) return drawBytes(prng, 120);
      return way === 1 ? bytesOf(prng, one(prng, LENGTHS)) : mutate(prng, one(prng, right), right);
    },

    take(input) {
      const decoded = decodePayloadV2(input);
      if (!decoded.ok) return;
      const again = encodePayloadV2(decoded.value);
      expect(Buffer.compare(again, input) === 0, 'misread', 'a payload that encodes to other bytes');
    },
  };
}
