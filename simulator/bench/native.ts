import { compileRv32Bench } from '../../hosts/native/toolchain/programs';
import { canCountInstructions, runBare } from '../../hosts/native/toolchain/qemu';
import { KERNEL_PAIRS, type Span } from '../../hosts/xs/rv32/plan';
import { InstructionCounter } from './instructions';
import { type BenchRow, type Effort, type InJavaScript, inJavaScript } from './row';

/**
 * The native modules of the board in instructions of a bare 32-bit RISC-V, and the stack that they need; beside them what
 * does the same in JavaScript. No rows where these cannot be counted.
 */
export async function benchNative(effort: Effort): Promise<BenchRow[]> {
  if (!canCountInstructions()) return [];
  const counts = new Map(runBare(compileRv32Bench()).map(([name = '', count]) => [name, Number(count)]));
  const scripts = await countScripts(effort);
  const million = (name: string, span: Span, atMost?: number): BenchRow => ({
    name: `native ${name}`,
    value: countOf(counts, span) / 1e6,
    unit: 'M RV32 instr.',
    ...(atMost !== undefined && { budget: { atMost } }),
    ...inJavaScript(scripts.get(span), 1e6),
  });
  const kibibytes = (name: string, count: string): BenchRow => ({
    name: `native ${name}, stack`,
    value: countOf(counts, count) / 1024,
    unit: 'KiB',
  });
  return [
    {
      name: 'native kernel, a sample pair',
      value: countOf(counts, 'kernel') / 100,
      unit: 'RV32 instr.',
      budget: { atMost: 60 },
      ...inJavaScript(scripts.get('kernel'), KERNEL_PAIRS),
    },
    million('signature', 'sign', 3),
    million('recovery of a signer', 'recover', 5),
    million('keccak-256 of 150 bytes', 'keccak256'),
    million('SHA-256 of 150 bytes', 'sha256'),
    kibibytes('signature', 'signStack'),
    kibibytes('recovery of a signer', 'recoverStack'),
  ];
}

/** On XS: @noble, and the kernel in TypeScript. */
async function countScripts(effort: Effort): Promise<ReadonlyMap<Span, InJavaScript>> {
  if (!effort.countsNoble) return new Map();
  const counter = await InstructionCounter.open(effort);
  return counter.noble(['keccak256', 'sha256', 'kernel', 'sign', 'recover'], 2);
}

function countOf(counts: ReadonlyMap<string, number>, name: string): number {
  const value = counts.get(name);
  if (value === undefined) throw new Error(`${name}: expected a count, got none`);
  return value;
}
