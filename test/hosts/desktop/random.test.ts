import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { DESKTOP_PLATFORM } from '../../../hosts/moddable/sdk';
import { BUILD_FOLDER, compile, HOST, NATIVE_FOLDER } from '../../../hosts/native/toolchain/compiler';

const LENGTH = 1000;
const PROGRAM = `
#include <stdio.h>
#include <string.h>
#include "random.h"
int main(void) {
  uint8_t bytes[${LENGTH + 16}];
  memset(bytes, 0, sizeof bytes);
  m3ter_random(bytes + 8, 0);
  m3ter_random(bytes + 8, ${LENGTH});
  fwrite(bytes, 1, sizeof bytes, stdout);
}`;

test("this computer's randomness fills all that it is asked for, and no more, never the same twice", t => {
  mkdirSync(BUILD_FOLDER, { recursive: true });
  const main = join(BUILD_FOLDER, 'random_main.c');
  writeFileSync(main, PROGRAM);
  const sources = join(NATIVE_FOLDER, 'crypto');
  const program = compile(HOST, 'random', [
    `-I${sources}`,
    main,
    join(sources, `random_${DESKTOP_PLATFORM}.c`),
  ]);
  const [first, second] = [run(program), run(program)];
  for (const bytes of [first, second]) {
    t.is(bytes.length, LENGTH + 16);
    t.true([...bytes.subarray(0, 8), ...bytes.subarray(-8)].every(byte => byte === 0));
    // each 8 bytes of 64 random bits: none stays zero
    for (let at = 8; at < LENGTH + 8; at += 8) t.true(bytes.subarray(at, at + 8).some(byte => byte !== 0));
  }
  t.false(first.equals(second));
});

function run(program: string): Buffer {
  return spawnSync(program).stdout;
}
