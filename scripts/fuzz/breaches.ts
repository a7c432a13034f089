import { BrokenPromise as NotKept } from '../campaign/broken-promise';

/**
 * What is counted of a meter that is told anything; each must stay at zero. `throws`: something was thrown past the stage
 * that it came to. `accepted`: what nobody had signed or stored was obeyed or believed. `misread`: it was not taken for
 * the same the second time, cut in other pieces or written anew. `hangs`: it took longer than a second, twice, or no session was
 * to be had ever after.
 * `heap growth`: more memory is in use at the end than after the first inputs.
 */
export const BREACHES = ['throws', 'accepted', 'misread', 'hangs', 'heap growth'] as const;
export type Breach = (typeof BREACHES)[number];

/** One of these that was not kept. */
export class BrokenPromise extends NotKept<Breach> {}

/** @throws BrokenPromise when it does not hold */
export function expect(holds: boolean, breach: Breach, message: string): void {
  if (!holds) throw new BrokenPromise(breach, message);
}
