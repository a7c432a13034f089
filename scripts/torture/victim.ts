import type { FlashPower } from '../../hosts/mock/flash';
import type { Prng } from '../../hosts/mock/prng';
import type { Loss } from './promises';

/** Something that works on flash until its power fails, and can judge what is left of it. */
export interface Victim {
  readonly power: FlashPower;
  /** The worst that a power cut has cost so far. */
  readonly worst: Loss;
  /**
   * Starts anew, with nothing but the flash; checks what came back; and works until the power fails.
   * @param cutAt the how manieth write or erase will be torn
   * @throws PowerLost when it was, BrokenPromise when what came back is not what was promised
   */
  live(cutAt: number): Promise<void> | void;
}

/** Whole numbers of 0 to below `limit`. */
export type Below = (limit: number) => number;

export function drawFrom(prng: Prng): Below {
  return limit => Math.floor(prng.uniform() * limit);
}

/** One of them, each as often as its weight says. */
export function weighted<Name extends string>(
  weights: Readonly<Partial<Record<Name, number>>>,
): readonly Name[] {
  const names = Object.keys(weights) as Name[];
  return names.flatMap(name => new Array<Name>(weights[name] ?? 0).fill(name));
}
