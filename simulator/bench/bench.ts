import { benchAccuracy } from './accuracy';
import { benchAttest } from './attest';
import { benchBoot } from './boot';
import { benchGateway } from './gateway';
import { benchKernel } from './kernel';
import { benchNative } from './native';
import type { BenchRow, Effort } from './row';
import { benchSimulation } from './simulation';
import { benchSize } from './size';
import { benchWear } from './wear';
import { benchWindow } from './window';
import { benchXs } from './xs';

const GROUPS = {
  simulation: benchSimulation,
  accuracy: benchAccuracy,
  kernel: benchKernel,
  window: benchWindow,
  native: benchNative,
  attest: benchAttest,
  boot: benchBoot,
  wear: benchWear,
  size: benchSize,
  xs: benchXs,
  gateway: benchGateway,
} as const satisfies Record<string, (effort: Effort) => BenchRow[] | Promise<BenchRow[]>>;

export type BenchName = keyof typeof GROUPS;
export const BENCH_NAMES = Object.keys(GROUPS) as BenchName[];

/**
 * The figures of the named groups, all when none is named, in the order of the table and as they come.
 * @param onGroup called before a group is measured; between groups, signals get through
 */
export async function* runBench(
  names: readonly BenchName[],
  effort: Effort,
  onGroup: (name: BenchName) => void = () => {},
): AsyncGenerator<BenchRow> {
  for (const name of BENCH_NAMES) {
    if (names.length > 0 && !names.includes(name)) continue;
    onGroup(name);
    await new Promise(resolve => setImmediate(resolve));
    yield* await GROUPS[name](effort);
  }
}
