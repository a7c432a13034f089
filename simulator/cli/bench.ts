import { Argument, Command } from 'commander';
import { BENCH_NAMES, type BenchName, runBench } from '../bench/bench';
import { type BenchRow, type Effort, FULL_EFFORT } from '../bench/row';
import { rowLine } from '../bench/table';
import { type Print, printLine } from './print';
import { noticeInTerminal } from './terminal-notice';

/** What shells say of what Ctrl-C ended. */
const INTERRUPTED = 130;

/** `m3ter bench`: the figures of the README's performance table. @param effort less of it is for tests */
export function benchCommand(print: Print = printLine, effort: Effort = FULL_EFFORT): Command {
  return new Command('bench')
    .description('Measure speed, accuracy, wear and size, as in the performance table of the README.')
    .addArgument(new Argument('[names...]', 'what to measure; default: all').choices(BENCH_NAMES))
    .option('--json', 'print one JSON object instead of a table')
    .action((names: readonly BenchName[], { json }: { readonly json?: true }) =>
      json ? printJson(names, effort, print) : printRows(names, effort, print),
    );
}

/** Rows as they come: that is all there is to be kept when Ctrl-C ends it. */
async function printRows(names: readonly BenchName[], effort: Effort, print: Print): Promise<void> {
  for await (const row of measured(names, effort)) print(rowLine(row));
}

/** One object at the end. Ctrl-C is the end too, once the group is measured if that leaves no room for signals. */
async function printJson(names: readonly BenchName[], effort: Effort, print: Print): Promise<void> {
  const rows: BenchRow[] = [];
  const conclude = () => print(JSON.stringify({ rows: rows.map(toJson) }));
  const interrupt = () => {
    conclude();
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', interrupt);
  try {
    for await (const row of measured(names, effort)) rows.push(row);
    conclude();
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** Tells somebody who waits what is being measured. */
async function* measured(names: readonly BenchName[], effort: Effort): AsyncGenerator<BenchRow> {
  let endNotice = () => {};
  const onGroup = (name: BenchName) => {
    endNotice();
    endNotice = noticeInTerminal(`Measuring: ${name} …`);
  };
  for await (const row of runBench(names, effort, onGroup)) {
    endNotice();
    yield row;
  }
  endNotice();
}

/** The budget is the number alone: which way it binds is plain from the figure. */
function toJson({ budget, ...row }: BenchRow) {
  if (budget === undefined) return row;
  return { ...row, budget: 'atLeast' in budget ? budget.atLeast : budget.atMost };
}
