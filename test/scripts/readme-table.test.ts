import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const SCRIPT = fileURLToPath(new URL('../../scripts/readme-table.ts', import.meta.url));

/** Runs the script for the one figure that takes no time to measure. */
function rewrite(file: string) {
  const { status, stderr } = spawnSync('node', ['--import=tsx', SCRIPT, file, 'size'], { encoding: 'utf8' });
  return { status, error: stderr };
}

function inFolder(use: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-readme-'));
  try {
    use(join(folder, 'README.md'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the table is put between its marks, again and again, and all else stays', t => {
  inFolder(file => {
    writeFileSync(file, '# A\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nafter\n');
    for (let turn = 0; turn < 2; turn++) {
      t.deepEqual(rewrite(file), { status: 0, error: '' });
      const text = readFileSync(file, 'utf8');
      t.true(
        text.startsWith('# A\n\n<!-- bench:begin -->\n| figure | measured | budget | in JavaScript'),
        text,
      );
      t.regex(text, /\| firmware with its libraries, minified \| \d+ KB \| {2}\| {2}\|\n/);
      t.true(text.endsWith('.\n<!-- bench:end -->\n\nafter\n'), text);
      t.false(text.includes('old'));
    }
  });
});

test('a file without the marks, and one that is not there, are each told in one line and left alone', t => {
  inFolder(file => {
    const missing = rewrite(file);
    t.is(missing.status, 1);
    t.regex(missing.error, /^error: .*README\.md.*\n$/);
    writeFileSync(file, '# A\n');
    const unmarked = rewrite(file);
    t.is(unmarked.status, 1);
    t.regex(unmarked.error, /^error: .*README\.md: expected <!-- bench:begin -->.*\n$/);
    t.is(readFileSync(file, 'utf8'), '# A\n');
  });
});
