/** A process, first of its group, that measures what it is asked for, and tells each figure as it comes. */
import { runBench } from './bench';
import type { BenchName } from './bench-names';
import { killGroup } from './process-group';
import type { BenchRow, Effort } from './row';

/** What is to be measured. */
export interface BenchRequest {
  readonly names: readonly BenchName[];
  readonly effort: Effort;
  /** For temporary files, which nobody else removes when this is killed */
  readonly folder: string;
}

/** Which group is measured from now on, a figure, or the end. */
export type BenchNews =
  | { readonly measuring: BenchName }
  | { readonly row: BenchRow }
  | { readonly done: true };

const tell = (news: BenchNews) => process.send?.(news);

// Whoever asked is gone, and nobody wants the figures.
process.once('disconnect', () => killGroup(process.pid));
process.once('message', async ({ names, effort, folder }: BenchRequest) => {
  process.env.TMPDIR = folder;
  for await (const row of runBench(names, effort, measuring => tell({ measuring }))) tell({ row });
  tell({ done: true });
});
