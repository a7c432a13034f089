import { spawnSync } from 'node:child_process';
import { isInstalled, RV32 } from './compiler';

const QEMU = 'qemu-system-riscv32';
const MACHINE = ['-M', 'virt', '-bios', 'none', '-display', 'none', '-serial', 'none', '-monitor', 'none'];
/** An instruction a cycle, so that the cycle counter counts instructions: the same number on every run. */
const COUNTING = ['-icount', 'shift=0'];
/** ms */
const TIMEOUT = 120_000;

/** Whether the compiler (gcc-riscv64-unknown-elf, picolibc-riscv64-unknown-elf) and qemu-system-misc are installed. */
export function canCountInstructions(): boolean {
  return isInstalled(RV32.compiler) && isInstalled(QEMU);
}

/**
 * Runs a program of the toolchain `RV32` on a bare machine that counts its instructions. It may read files.
 * @param words for its `main`, after its name; without commas
 * @returns the words of each line of its output
 * @throws Error when it does not end well within two minutes
 */
export function runBare(program: string, words: readonly string[] = []): string[][] {
  const config = ['enable=on', 'chardev=out', ...words.map(word => `arg=${word}`)].join(',');
  const semihosting = ['-chardev', 'stdio,id=out', '-semihosting-config', config];
  const { status, stdout, stderr } = spawnSync(
    QEMU,
    [...MACHINE, ...COUNTING, ...semihosting, '-kernel', program],
    { encoding: 'utf8', input: '', timeout: TIMEOUT },
  );
  if (status !== 0)
    throw new Error(`${QEMU}: expected success within ${TIMEOUT} ms, got ${status}\n${stdout}${stderr}`);
  return stdout
    .trim()
    .split(/\r?\n/)
    .map(line => line.split(' '));
}
