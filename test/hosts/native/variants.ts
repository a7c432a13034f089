import test from 'ava';
import {
  canRun,
  HOST,
  HOST_32_BIT,
  HOST_SANITIZED,
  type Toolchain,
} from '../../../hosts/native/toolchain/compiler';

/** A program made by one of the toolchains. */
export interface Variant {
  readonly name: string;
  readonly program: string;
  /** `test`, or what reports the test as skipped where such programs cannot be made or run. */
  readonly run: typeof test | typeof test.skip;
}

/** Makes a test program in each way that is installed. @throws Error when not even the plain compiler is */
export function variants(
  compile: (toolchain: Toolchain) => string,
): Record<'plain' | 'short' | 'sanitized', Variant> {
  return {
    plain: { name: '64-bit', program: compile(HOST), run: test },
    short: variant('32-bit', HOST_32_BIT, compile),
    sanitized: variant('sanitized', HOST_SANITIZED, compile),
  };
}

/** As one of `variants`. */
export function variant(
  name: string,
  toolchain: Toolchain,
  compile: (toolchain: Toolchain) => string,
): Variant {
  return canRun(toolchain)
    ? { name, program: compile(toolchain), run: test }
    : { name, program: '', run: test.skip };
}
