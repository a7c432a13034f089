import { Argument, Command } from 'commander';
import { benchApart } from '../bench/bench-apart';
import { BENCH_NAMES, type BenchName } from '../bench/bench-names';
import { type BenchRow, type Effort, FULL_EFFORT } from '../bench/row';
import { rowLine } from '../bench/table';
import { untilInterrupted } from './interruption';
import { type Print, printLine } from './print';
import { noticeInTerminal } from './terminal-notice';

/** `m3ter bench`: the figures of the README's performance table. @param effort less of it is for tests */
export function benchCommand(print: Print = printLine, effort: Effort = FULL_EFFORT): Command {
  return new Command('bench')
    .description('Measure speed, accuracy, wear and size, as in the performance table of the README.')
    .addArgument(new Argument('[names...]', 'what to measure; default: all').choices(BENCH_NAMES))
    .option('--json', 'print one JSON object instead of a table')
    .action((names: readonly BenchName[], { json }: { readonly json?: true }) =>
      untilInterrupted(async signal => {
        const figures = measured(names, effort, signal);
        if (json) await printJson(figures, print);
        else for await (const row of figures) print(rowLine(row));
      }),
    );
}

/** One object at the end, also when Ctrl-C is the end. */
async function printJson(figures: AsyncIterable<BenchRow>, print: Print): Promise<void> {
  const rows: BenchRow[] = [];
  for await (const row of figures) rows.push(row);
  print(JSON.stringify({ rows: rows.map(toJson) }));
}

/** Tells somebody who waits what is being measured. */
async function* measured(
  names: readonly BenchName[],
  effort: Effort,
  signal: AbortSignal,
): AsyncGenerator<BenchRow> {
  const groups = BENCH_NAMES.filter(name => names.length === 0 || names.includes(name));
  let [notice, endNotice] = ['Measuring …', () => {}];
  const show = () => {
    endNotice = noticeInTerminal(notice);
  };
  const onGroup = (name: BenchName) => {
    endNotice();
    notice = `Measuring: ${name} (${groups.indexOf(name) + 1} of ${groups.length}) …`;
    show();
  };
  show();
  try {
    for await (const row of benchApart(groups, effort, signal, onGroup)) {
      endNotice();
      yield row;
      show();
    }
  } finally {
    endNotice();
  }
}

/** The budget is the number alone: which way it binds is plain from the figure. */
function toJson({ budget, ...row }: BenchRow) {
  if (budget === undefined) return row;
  return { ...row, budget: 'atLeast' in budget ? budget.atLeast : budget.atMost };
}
