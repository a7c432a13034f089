import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where everything that is made goes; not in the repository. */
export const BUILD_FOLDER = fileURLToPath(new URL('../../../build/native/', import.meta.url));
/** This part of the repository. */
export const NATIVE_FOLDER = fileURLToPath(new URL('../', import.meta.url));

export interface Toolchain {
  readonly compiler: string;
  readonly flags: readonly string[];
  /** What provides it on Debian and Ubuntu. */
  readonly aptPackages: string;
}

const STRICT = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE'];

/** For programs that run on this machine. */
export const HOST: Toolchain = {
  compiler: 'gcc',
  flags: [...STRICT, '-O2', '-pthread'],
  aptPackages: 'gcc libc6-dev',
};

/** 32-bit pointers and sizes, as on the ESP32. */
export const HOST_32_BIT: Toolchain = {
  ...HOST,
  flags: [...HOST.flags, '-m32'],
  aptPackages: 'gcc-multilib',
};

/** Stops at the first undefined behaviour or bad access. */
export const HOST_SANITIZED: Toolchain = {
  ...HOST,
  flags: [...HOST.flags, '-g', '-fsanitize=undefined,address', '-fno-sanitize-recover=all'],
};

/** Ends badly after a data race. */
export const HOST_RACE_DETECTING: Toolchain = { ...HOST, flags: [...HOST.flags, '-g', '-fsanitize=thread'] };

/**
 * Bare metal with the semihosting of qemu's machine `virt`, and its memory. The instruction set of the ESP32-C3 but for
 * its compressed form, and what of the flags of the Moddable SDK's make.esp32.mk changes the code.
 */
export const RV32: Toolchain = {
  compiler: 'riscv64-unknown-elf-gcc',
  flags: [
    ...STRICT,
    ...['-march=rv32im', '-mabi=ilp32', '--specs=picolibc.specs', '--oslib=semihost', '--crt0=semihost'],
    ...['-Os', '-fno-inline-functions', '-fno-jump-tables', '-falign-functions=4'],
    ...['-ffunction-sections', '-fdata-sections', '-Wl,--gc-sections'],
    '-Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x400000',
    '-Wl,--defsym=__ram=0x80400000,--defsym=__ram_size=0x4000000,--defsym=__stack_size=0x40000',
  ],
  aptPackages: 'gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf',
};

/** Whether there is such a command. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version']).status === 0;
}

/** Whether programs made with it run here. */
export function canRun(toolchain: Toolchain): boolean {
  try {
    return spawnSync(compile(toolchain, 'trial', [join(NATIVE_FOLDER, 'harness/trial.c')])).status === 0;
  } catch {
    return false;
  }
}

/**
 * Makes a program, or takes the one made of the same sources before.
 * @param name of the file in the build folder, to which a digest is added
 * @param options further flags, then sources
 * @returns its path
 * @throws Error that names the packages to install, or says what the compiler said
 */
export function compile(toolchain: Toolchain, name: string, options: readonly string[]): string {
  const words = [...toolchain.flags, ...options];
  const preprocessed = run(toolchain, [...words, '-E']);
  const digest = createHash('sha256').update(words.join(' ')).update(preprocessed).digest('hex').slice(0, 16);
  const program = join(BUILD_FOLDER, `${name}-${digest}`);
  if (existsSync(program)) return program;
  mkdirSync(BUILD_FOLDER, { recursive: true });
  // Others may make the same at the same time.
  const unfinished = `${program}.${process.pid}`;
  run(toolchain, [...words, '-o', unfinished]);
  renameSync(unfinished, program);
  return program;
}

function run({ compiler, aptPackages }: Toolchain, words: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(compiler, words, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error)
    throw new Error(`${compiler}: expected a C compiler, found none; apt-get install ${aptPackages}`);
  if (status !== 0) throw new Error(`${compiler} ${words.join(' ')}\n${stderr}`);
  return stdout;
}
