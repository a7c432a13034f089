/**
 * Rewrites the performance and accuracy tables of README.md: `readme-table.ts [FILE [NAME...]]`, the names as for
 * `m3ter bench`; a table for which nothing was measured stays.
 */

import { accuracyTable } from '../simulator/bench/accuracy-table';
import { runBench } from '../simulator/bench/bench';
import { BENCH_NAMES } from '../simulator/bench/bench-names';
import { type BenchRow, FULL_EFFORT } from '../simulator/bench/row';
import { markdownTable } from '../simulator/bench/table';
import { replaceSection } from './readme-section';

const [file = 'README.md', ...words] = process.argv.slice(2);

try {
  const names = BENCH_NAMES.filter(name => words.includes(name));
  const [rows, accuracy]: [BenchRow[], BenchRow[]] = [[], []];
  const measured = names.length === 0 ? BENCH_NAMES : names;
  for (const name of measured)
    for await (const row of runBench([name], FULL_EFFORT)) (name === 'accuracy' ? accuracy : rows).push(row);
  if (rows.length > 0) replaceSection(file, 'bench', markdownTable(rows));
  if (accuracy.length > 0) replaceSection(file, 'accuracy', accuracyTable(accuracy));
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
