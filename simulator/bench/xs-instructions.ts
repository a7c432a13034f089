import { canCountInstructions } from '../../hosts/native/toolchain/qemu';
import type { Span } from '../../hosts/xs/rv32/plan';
import { InstructionCounter } from './instructions';
import { type BenchRow, type Effort, type InJavaScript, inJavaScript } from './row';

interface Figure {
  readonly span: Span;
  readonly name: string;
  /** Instructions */
  readonly unit: keyof typeof UNITS;
  /** In that unit */
  readonly atMost?: number;
}

const UNITS = { 'k RV32 instr.': 1e3, 'M RV32 instr.': 1e6 } as const;

const FIGURES: readonly Figure[] = [
  { span: 'window', name: 'window to relay decision', unit: 'k RV32 instr.', atMost: 200 },
  { span: 'wholeWindow', name: 'all that a window takes', unit: 'k RV32 instr.' },
  { span: 'save', name: 'save of the ledger', unit: 'k RV32 instr.' },
  { span: 'reading', name: 'reading made to encoded', unit: 'M RV32 instr.', atMost: 6 },
  { span: 'keptReading', name: 'reading kept on flash and encoded', unit: 'M RV32 instr.' },
  { span: 'credit', name: 'credit verified and applied', unit: 'M RV32 instr.' },
  { span: 'boot', name: 'boot from a full journal', unit: 'M RV32 instr.', atMost: 20 },
  { span: 'fullBoot', name: 'boot from a full journal and log', unit: 'M RV32 instr.' },
  { span: 'opening', name: 'after it, key, log and first entries', unit: 'M RV32 instr.' },
  { span: 'fullOpening', name: 'after it, likewise with a full log', unit: 'M RV32 instr.' },
];
/**
 * Parts of the firmware in instructions of a bare 32-bit RISC-V that runs it on XS, with the board's C for signatures and
 * hashes and in the memory that the board has; beside them the same with @noble. No rows where these cannot be counted.
 */
export async function benchXsInstructions(effort: Effort): Promise<BenchRow[]> {
  if (!canCountInstructions()) return [];
  const counter = await InstructionCounter.open(effort);
  const counts = await counter.native(FIGURES.map(({ span }) => span));
  const noble = effort.countsNoble ? await countNoble(counter) : new Map();
  return FIGURES.map(({ span, name, unit, atMost }) => ({
    name: `XS, ${name}`,
    value: (counts.get(span) ?? Number.NaN) / UNITS[unit],
    unit,
    ...(atMost !== undefined && { budget: { atMost } }),
    ...inJavaScript(noble.get(span), UNITS[unit]),
  }));
}

/** Where signatures and hashes play a part; but a full log, whose hashes would take it a minute. */
async function countNoble(counter: InstructionCounter): Promise<ReadonlyMap<Span, InJavaScript>> {
  const inService = await counter.noble(['reading', 'credit'], 2);
  return new Map([...inService, ...(await counter.noble(['opening'], 1))]);
}
