import { decodeEnvelope, encodeEnvelope, MAXIMUM_ENVELOPE_LENGTH } from '../../../firmware/attest/envelope';
import type { StructType } from '../../../firmware/attest/struct-type';
import { concat } from '../../../firmware/bytes';
import { Prng } from '../../../hosts/mock/prng';
import { SIGNED_TYPES } from '../../../test/support/messages';
import { expect } from '../breaches';
import { below, bytesOf, drawBytes, one } from '../draw';
import { drawMessageMap } from '../draw-cbor';
import { drawMessage } from '../draw-message';
import { mutate } from '../mutate';
import type { Target } from '../target';

const RIGHT_ONES = 8;

/** Envelopes of every type, whoever reads them. An input is the type's number and the envelope. */
export function envelopeTarget(): Target {
  const setup = new Prng('envelopes');
  const right = SIGNED_TYPES.map(type => Array.from({ length: RIGHT_ONES }, () => drawEnvelope(setup, type)));

  return {
    draw(prng) {
      const number = below(prng, SIGNED_TYPES.length);
      const type = SIGNED_TYPES[number] as StructType;
      const way = below(prng, 10);
      const draw = () => {
        if (way < 5) return mutate(prng, one(prng, right[number] ?? []), one(prng, right));
        if (way < 8) return drawMessageMap(prng);
        return way < 9 ? drawEnvelope(prng, type) : drawBytes(prng, MAXIMUM_ENVELOPE_LENGTH + 10);
      };
      return concat(Uint8Array.of(number), draw());
    },

    take(input) {
      const type = SIGNED_TYPES[input[0] ?? 0] as StructType;
      const bytes = input.subarray(1);
      const decoded = decodeEnvelope(type, bytes);
      if (!decoded.ok) return;
      const { message, signature } = decoded.value;
      const again = encodeEnvelope(type, message as never, signature);
      expect(Buffer.compare(again, bytes) === 0, 'misread', `${type.name} encodes to other bytes`);
    },
  };
}

/** Of any message, with any signature. */
function drawEnvelope(prng: Prng, type: StructType): Uint8Array {
  const message = drawMessage(prng, type);
  return encodeEnvelope(type, message as never, bytesOf(prng, 65));
}
