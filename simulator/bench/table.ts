import { cpus } from 'node:os';
import type { BenchRow, Budget, InJavaScript } from './row';

/** A row as a line of text. */
export function rowLine({ name, value, unit, budget, limit, inJavaScript }: BenchRow): string {
  const figure = `${name.padEnd(48)}${figureText(value).padStart(10)} ${unit}`;
  const bound = budget === undefined ? '' : budgetText(budget);
  const allowed = limit === undefined ? '' : `limit ${figureText(limit)}`;
  const other = inJavaScript === undefined ? '' : `in JavaScript ${inJavaScriptText(inJavaScript)}`;
  return `${figure.padEnd(76)}${bound.padEnd(10)}${allowed}${other}`.trimEnd();
}

/** The table for the README, with what it was made on. */
export function markdownTable(rows: readonly BenchRow[]): string {
  const cells = rows.map(({ name, value, unit, budget, limit, inJavaScript }) =>
    [
      name,
      `${figureText(value)} ${unit}`,
      budget === undefined
        ? ''
        : budgetText(budget) + (limit === undefined ? '' : ` (limit ${figureText(limit)})`),
      inJavaScript === undefined ? '' : inJavaScriptText(inJavaScript),
    ].join(' | '),
  );
  const head = ['figure | measured | budget | in JavaScript (@noble)', '--- | ---: | ---: | ---:'];
  const table = [...head, ...cells].map(line => `| ${line} |`);
  return [...table, '', `Measured by \`m3ter bench\` on ${machine()}.`].join('\n');
}

function inJavaScriptText({ value, fits }: InJavaScript): string {
  return fits ? figureText(value) : `${figureText(value)}, does not fit`;
}

/** How a budget binds, and where. */
export function budgetText(budget: Budget): string {
  return 'atLeast' in budget ? `≥ ${figureText(budget.atLeast)}` : `≤ ${figureText(budget.atMost)}`;
}

/** To three significant digits, and whole where it is larger. */
export function figureText(value: number): string {
  const options = Math.abs(value) < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 };
  return value.toLocaleString('en-US', options);
}

function machine(): string {
  const cores = cpus();
  return `Node ${process.version}, ${cores.length} × ${cores[0]?.model.trim()}`;
}
