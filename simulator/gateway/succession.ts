import type { Reading } from '../../firmware/attest/signed-types';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import type { MeterRecord } from './store-records';

/**
 * The total withdrawn with which a token's balance goes on in another device. Its registers are its own, while what was
 * bought is the token's: what the device before has used counts as withdrawn, what it has earned the other way round. A debt
 * ends with the device that had it: a meter refuses to have more withdrawn than it was credited and has earned.
 * @param former the last that the device before has said; undefined: nothing
 * @param own likewise of the other one, before it came (again)
 */
export function withdrawnBySuccessor(
  { credited, withdrawn }: Pick<MeterRecord, 'credited' | 'withdrawn'>,
  former: Reading | undefined,
  own: Reading | undefined,
): MilliwattHours {
  const left = withdrawn + netUse(former) - netUse(own);
  return milliwattHours(Math.min(credited + (own?.feedIn ?? 0), Math.max(0, left)));
}

function netUse(reading: Reading | undefined): number {
  return reading === undefined ? 0 : reading.debited - reading.feedIn;
}
