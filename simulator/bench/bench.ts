import { benchAccuracy } from './accuracy';
import { benchAttest } from './attest';
import { BENCH_NAMES, type BenchName } from './bench-names';
import { benchBoot } from './boot';
import { benchGateway } from './gateway';
import { benchKernel } from './kernel';
import { benchNative } from './native';
import { benchPage } from './page';
import type { BenchRow, Effort } from './row';
import { benchSimulation } from './simulation';
import { benchSize } from './size';
import { benchWear } from './wear';
import { benchWindow } from './window';
import { benchXs } from './xs';

const GROUPS: { readonly [Name in BenchName]: (effort: Effort) => Iterable<BenchRow> | Promise<BenchRow[]> } =
  {
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
    page: benchPage,
  };

/**
 * The figures of the named groups, all when none is named, in the order of the table and as they come. Most are measured
 * without a pause: see `benchApart`.
 * @param onGroup called before a group is measured
 */
export async function* runBench(
  names: readonly BenchName[],
  effort: Effort,
  onGroup: (name: BenchName) => void = () => {},
): AsyncGenerator<BenchRow> {
  for (const name of BENCH_NAMES) {
    if (names.length > 0 && !names.includes(name)) continue;
    onGroup(name);
    yield* await GROUPS[name](effort);
  }
}
