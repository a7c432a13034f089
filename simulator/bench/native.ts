import { spawnSync } from 'node:child_process';
import { isInstalled, RV32 } from '../../hosts/native/toolchain/compiler';
import { compileRv32Bench } from '../../hosts/native/toolchain/programs';
import type { BenchRow } from './row';

const QEMU = 'qemu-system-riscv32';
const MACHINE = ['-M', 'virt', '-bios', 'none', '-display', 'none', '-serial', 'none', '-monitor', 'none'];
const OUTPUT = ['-chardev', 'stdio,id=out', '-semihosting-config', 'enable=on,chardev=out'];
/** An instruction a cycle, so that the cycle counter counts instructions: the same number on every run. */
const COUNTING = ['-icount', 'shift=0'];
/** ms; it takes about one second */
const TIMEOUT = 60_000;

/** Whether the compiler (gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf) and qemu-system-misc are installed. */
export function canCountInstructions(): boolean {
  return isInstalled(RV32.compiler) && isInstalled(QEMU);
}

/**
 * The native modules of the board in instructions of a bare 32-bit RISC-V, and the stack that they need. No rows where
 * these cannot be counted.
 */
export function benchNative(): BenchRow[] {
  if (!canCountInstructions()) return [];
  const counts = countInstructions();
  const million = (name: string, count: string, atMost?: number): BenchRow => ({
    name: `native ${name}`,
    value: countOf(counts, count) / 1e6,
    unit: 'M RV32 instr.',
    ...(atMost !== undefined && { budget: { atMost } }),
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
    },
    million('signature', 'sign', 3),
    million('recovery of a signer', 'recover', 5),
    million('keccak-256 of 150 bytes', 'keccak256'),
    million('SHA-256 of 150 bytes', 'sha256'),
    kibibytes('signature', 'signStack'),
    kibibytes('recovery of a signer', 'recoverStack'),
  ];
}

/** Each line of the program's output is a name and a count. */
function countInstructions(): Map<string, number> {
  const words = [...MACHINE, ...OUTPUT, ...COUNTING, '-kernel', compileRv32Bench()];
  const { status, stdout, stderr } = spawnSync(QEMU, words, {
    encoding: 'utf8',
    input: '',
    timeout: TIMEOUT,
  });
  if (status !== 0)
    throw new Error(`${QEMU}: expected success within ${TIMEOUT} ms, got ${status}\n${stderr}`);
  return new Map(
    stdout
      .trim()
      .split(/\r?\n/)
      .map(line => line.split(' '))
      .map(([name = '', count]) => [name, Number(count)]),
  );
}

function countOf(counts: ReadonlyMap<string, number>, name: string): number {
  const value = counts.get(name);
  if (value === undefined) throw new Error(`${name}: expected a count, got none`);
  return value;
}
