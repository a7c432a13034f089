import type { Crypto } from '../../../../firmware/host';
import type { Plan, Span } from '../plan';
import { limitHeap } from './machine';
import { boot, fullBoot, fullOpening, opening, wholeWindow, window } from './meter';
import { credit, keptReading, reading, save } from './parts';
import { keccak256, kernel, recover, sha256, sign } from './primitives';
import { type Setup, setUp } from './setup';

/** Put in front of this script. */
declare const plan: Plan;
/** Left behind by the script before this one: native.ts or noble.ts. */
declare const createCrypto: () => Crypto;

const SPANS: Readonly<Record<Span, (setup: Setup) => void>> = {
  ...{ keccak256, sha256, sign, recover, kernel },
  ...{ window, wholeWindow, save, reading, keptReading, credit, boot, fullBoot, opening, fullOpening },
};

Object.assign(globalThis, {
  /** What the image calls when the scripts have run. */
  bench() {
    limitHeap(plan.budget);
    const setup = setUp(plan, createCrypto());
    for (const span of plan.spans) SPANS[span](setup);
  },
});
