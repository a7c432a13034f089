import { Argument, Command } from 'commander';
import { BENCH_NAMES, type BenchName, runBench } from '../bench/bench';
import { type BenchRow, type Effort, FULL_EFFORT } from '../bench/row';
import { rowLine } from '../bench/table';
import { type Print, printLine } from './print';

/** `m3ter bench`: the figures of the README's performance table. @param effort less of it is for tests */
export function benchCommand(print: Print = printLine, effort: Effort = FULL_EFFORT): Command {
  return new Command('bench')
    .description('Measure speed, accuracy, wear and size, as in the performance table of the README.')
    .addArgument(new Argument('[names...]', 'what to measure; default: all').choices(BENCH_NAMES))
    .option('--json', 'print one JSON object instead of a table')
    .action(async (names: readonly BenchName[], { json }: { readonly json?: true }) => {
      const rows: BenchRow[] = [];
      for await (const row of runBench(names, effort)) {
        rows.push(row);
        if (!json) print(rowLine(row));
      }
      if (json) print(JSON.stringify({ rows: rows.map(toJson) }));
    });
}

/** The budget is the number alone: which way it binds is plain from the figure. */
function toJson({ budget, ...row }: BenchRow) {
  if (budget === undefined) return row;
  return { ...row, budget: 'atLeast' in budget ? budget.atLeast : budget.atMost };
}
