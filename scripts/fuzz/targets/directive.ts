import { encodeEnvelope, MAXIMUM_ENVELOPE_LENGTH } from '../../../firmware/attest/envelope';
import { concat } from '../../../firmware/bytes';
import { DIRECTIVES } from '../../../firmware/directives/directive';
import type { Prng } from '../../../hosts/mock/prng';
import { key } from '../../../test/support/messages';
import { expect } from '../breaches';
import { KINDS, SettledDesk, signed } from '../desk-rig';
import { below, bytesOf, drawBytes, one } from '../draw';
import { drawMessageMap } from '../draw-cbor';
import { drawMessage } from '../draw-message';
import { mutate } from '../mutate';
import type { Target } from '../target';

/** Those of directives, and some that are none. */
const STREAMS = [...KINDS, 'firmware', 'reading', '', 'constructor', '__proto__'];
const STRANGER = key(1004);

/** Whatever comes on the topics of directives, at the desk. An input is the stream's number and the payload. */
export function directiveTarget(): Target {
  const desk = new SettledDesk();
  const right = [...desk.honest, ...desk.foreign];
  const payloads = right.map(({ payload }) => payload);

  function drawPayload(prng: Prng, stream: string): Uint8Array {
    const kind = KINDS.find(name => name === stream) ?? 'credit';
    const way = below(prng, 200);
    if (way < 100) {
      const own = right.filter(delivery => delivery.stream === kind);
      return mutate(prng, one(prng, below(prng, 10) === 0 ? right : own).payload, payloads);
    }
    if (way < 130) return drawBytes(prng, MAXIMUM_ENVELOPE_LENGTH + 100);
    if (way < 172) return drawMessageMap(prng);
    const message = drawMessage(prng, DIRECTIVES[kind].type);
    const claim = below(prng, 2) === 0 ? { ...message, m3terId: 7n } : message;
    if (way < 174) return signed(kind, claim, STRANGER);
    // with the signature of another, or of nobody
    const signature = one(prng, [new Uint8Array(65), bytesOf(prng, 65), one(prng, payloads).slice(4, 69)]);
    return encodeEnvelope(DIRECTIVES[kind].type, claim as never, signature);
  }

  return {
    draw(prng) {
      const stream = below(prng, 20) === 0 ? one(prng, STREAMS) : one(prng, KINDS);
      const payload = drawPayload(prng, stream);
      return concat(Uint8Array.of(STREAMS.indexOf(stream)), payload);
    },

    take(input) {
      const stream = STREAMS[input[0] ?? 0] ?? '';
      const payload = input.subarray(1);
      const { refusals } = desk;
      const outcome = desk.unmoved(() => desk.desk.receive(stream, payload));
      // What is known already is neither obeyed nor refused, whoever says it.
      const isStale = outcome === 'stale';
      const isDone = payload.length === 0 ? outcome === undefined : outcome !== undefined;
      const isRight = isDone && (isStale || !desk.isHonest(stream, payload));
      expect(isRight, 'accepted', `expected it to be refused on ${stream}, got ${outcome}`);
      const counted = payload.length === 0 || isStale ? 0 : 1;
      expect(desk.refusals - refusals === counted, 'accepted', `expected ${counted} refusals on ${stream}`);
    },
  };
}
