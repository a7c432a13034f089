import type { BenchRow } from './row';
import { budgetText, figureText } from './table';

/** What stands in front of the first comma of a row's name, the mains system, and what comes behind it. */
const NAME = /^([^,]*), (.*)$/;

/** The accuracy table for the README: a line for each point or influence, a column for each mains system. */
export function accuracyTable(rows: readonly BenchRow[]): string {
  const systems: string[] = [];
  const lines = new Map<string, Map<string, BenchRow>>();
  for (const row of rows) {
    const [, system = '', point = row.name] = row.name.match(NAME) ?? [];
    if (!systems.includes(system)) systems.push(system);
    const line = lines.get(point) ?? new Map<string, BenchRow>();
    lines.set(point, line.set(system, row));
  }
  const head = ['error', 'limit', 'aim', ...systems];
  const table = [head.join(' | '), ['---', ...head.slice(1).map(() => '---:')].join(' | ')];
  for (const [point, line] of lines) table.push(cellsOf(point, line, systems).join(' | '));
  return table.map(cells => `| ${cells} |`).join('\n');
}

function cellsOf(point: string, line: ReadonlyMap<string, BenchRow>, systems: readonly string[]): string[] {
  const [any] = line.values();
  const unit = any === undefined || any.unit === '%' ? '' : `, ${any.unit}`;
  return [
    `${point}${unit}`,
    any?.limit === undefined ? '' : figureText(any.limit),
    any?.budget === undefined ? '' : budgetText(any.budget),
    ...systems.map(system => figureOf(line.get(system))),
  ];
}

function figureOf(row: BenchRow | undefined): string {
  return row === undefined ? '' : figureText(row.value);
}
