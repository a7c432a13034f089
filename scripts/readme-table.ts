/** Rewrites the performance table of README.md: `readme-table.ts [FILE [NAME...]]`, the names as for `m3ter bench`. */

import { BENCH_NAMES, runBench } from '../simulator/bench/bench';
import { type BenchRow, FULL_EFFORT } from '../simulator/bench/row';
import { markdownTable } from '../simulator/bench/table';
import { replaceSection } from './readme-section';

const [file = 'README.md', ...words] = process.argv.slice(2);

try {
  const names = BENCH_NAMES.filter(name => words.includes(name));
  const rows: BenchRow[] = [];
  for await (const row of runBench(names, FULL_EFFORT)) rows.push(row);
  replaceSection(file, 'bench', markdownTable(rows));
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
