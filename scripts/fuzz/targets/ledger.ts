import { isDeepStrictEqual } from 'node:util';
import { type MilliwattHours, milliwattHours, wattHours } from '../../../firmware/energy';
import { Ledger } from '../../../firmware/ledger/ledger';
import { Prng } from '../../../hosts/mock/prng';
import { expect } from '../breaches';
import { below, one } from '../draw';
import { blankRegion, MemoryRegion } from '../memory-region';
import { mutateImage } from '../mutate-image';
import type { Target } from '../target';

const SECTOR = 2048;
const SECTORS = 3;
const SAVES = 60;

/** Opens the ledger on flash with any defects. An input is all that is on it. */
export function ledgerTarget(): Target {
  const { images, states } = makeHistory();

  return {
    draw: prng => mutateImage(prng, one(prng, images), SECTOR),

    take(input) {
      const region = new MemoryRegion(input.slice(), SECTOR);
      const opened = Ledger.open(region);
      // what cannot be read is left as it is
      if (!opened.ok) return expect(region.changes === 0, 'misread', `changed, and then ${opened.fault}`);
      const ledger = opened.value;
      const state = stateOf(ledger);
      expect(states.has(state), 'accepted', `a state that never was: ${state}`);
      const more = (ledger.registers.credited + 1) as MilliwattHours;
      if (!ledger.credit(more, ledger.registers.withdrawn).ok) return;
      const again = Ledger.open(region);
      expect(again.ok, 'misread', 'cannot be opened again');
      if (!again.ok) return;
      expect(
        isDeepStrictEqual(again.value.registers, ledger.registers),
        'misread',
        'other registers after a start',
      );
      expect(
        isDeepStrictEqual(again.value.settings, ledger.settings),
        'misread',
        'other settings after a start',
      );
    },
  };
}

/** Images of a ledger at work, and the states that were ever on flash. */
function makeHistory() {
  const prng = new Prng('ledger');
  const region = blankRegion(SECTORS, SECTOR);
  const opened = Ledger.open(region);
  if (!opened.ok) throw new Error(`ledger: expected one, got ${opened.fault}`);
  const ledger = opened.value;
  const images = [region.image];
  const states = new Set([stateOf(ledger)]);
  for (let saves = 1; saves <= SAVES; saves++) {
    ledger.consume(wattHours(below(prng, 20)), milliwattHours(0), 200_000);
    if (saves % 3 === 0) ledger.credit(wattHours(100 * saves), milliwattHours(0));
    if (saves % 4 === 0) ledger.update({ order: { version: saves, state: 1, powerLimit: 0, until: 0 } });
    ledger.save();
    images.push(region.image);
    states.add(stateOf(ledger));
  }
  return { images, states };
}

/** What is in one record; settings and counters of different times may come together. */
function stateOf({ registers }: Ledger): string {
  return [registers.imported, registers.debited, registers.credited].join();
}
