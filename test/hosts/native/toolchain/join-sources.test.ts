import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { joinSources } from '../../../../hosts/native/toolchain/join-sources';

test('a joined source has a guarded file once, any other as often as it is named, and leaves what is not there', t => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-join-'));
  try {
    mkdirSync(join(folder, 'library'));
    const write = (name: string, ...lines: string[]) =>
      writeFileSync(join(folder, name), lines.map(line => `${line}\n`).join(''));
    write(
      'main.c',
      '#include "a.h"',
      '# include "b.inc" // why',
      '#include "b.inc"',
      '#include <stdint.h>',
      'main',
    );
    write('library/a.h', '#ifndef A_H', '#define A_H', '#include "b.inc"', '#include "none.h"', '#endif');
    write('library/b.inc', '#include "a.h"', 'b');
    const joined = joinSources(join(folder, 'main.c'), [join(folder, 'library')]);
    t.deepEqual(joined.split(/\n+/), [
      ...['#ifndef A_H', '#define A_H', 'b', '#include "none.h"', '#endif'],
      ...['b', 'b', '#include <stdint.h>', 'main', ''],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
