import { isDeepStrictEqual } from 'node:util';
import { concat } from '../../../firmware/bytes';
import { DIRECTIVES } from '../../../firmware/directives/directive';
import { Ledger } from '../../../firmware/ledger/ledger';
import { expect } from '../breaches';
import { DeskRig, HONEST, KINDS, LINK, OWNER, signed } from '../desk-rig';
import { one } from '../draw';
import { driftMessage } from '../draw-message';
import type { Target } from '../target';

/**
 * Anything that the owner signs, sensible or not, at the desk of a meter that has obeyed nothing yet: obeyed once and for
 * good, or not at all. An input is the kind's number and the envelope.
 */
export function signedTarget(): Target {
  const { image } = new DeskRig().region;

  return {
    draw(prng) {
      const kind = one(prng, KINDS);
      const message = { ...driftMessage(prng, DIRECTIVES[kind].type, HONEST[kind]), m3terId: LINK.m3terId };
      return concat(Uint8Array.of(KINDS.indexOf(kind)), signed(kind, message, OWNER));
    },

    take(input) {
      const rig = new DeskRig(image);
      const kind = KINDS[input[0] ?? 0] ?? 'credit';
      const before = rig.state;
      rig.desk.receive(kind, input.subarray(1));
      const after = rig.state;
      if (rig.applied === 0) return expect(after === before, 'accepted', `expected ${before}, got ${after}`);
      const { credited, withdrawn, feedIn } = rig.ledger.registers;
      expect(withdrawn <= credited + feedIn, 'accepted', `${withdrawn} mWh withdrawn of ${credited}`);
      rig.desk.receive(kind, input.subarray(1));
      expect(rig.state === after, 'accepted', `the second time: expected ${after}, got ${rig.state}`);
      if (kind !== 'acknowledged') expectKept(rig);
    },
  };
}

/** What was obeyed is there when the meter starts anew. */
function expectKept({ region, ledger }: DeskRig): void {
  const opened = Ledger.open(region);
  expect(opened.ok, 'misread', 'expected the ledger to open again');
  if (!opened.ok) return;
  for (const part of ['registers', 'settings', 'tariffs'] as const)
    expect(
      isDeepStrictEqual(opened.value[part], ledger[part]),
      'misread',
      `${part} are others after a start`,
    );
}
