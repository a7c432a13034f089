import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { BUILD, type Flow, recordTrace, recordWindows } from './support/recorded-load';

const DOCUMENT = readFileSync('docs/calibrating.md', 'utf8');

/** The transformer was clamped on the wrong way round. */
const REVERSED = { ...BUILD, skewMicroseconds: 50, noise: 3, crosstalk: [6, 3] as const, reversed: [true] };

/** What the document's terminal has logged of the board. */
const LOGS: Readonly<Record<string, [flow: Flow, windows: number]>> = {
  'lamp.log': [{ volts: 231.4, amps: 0.432 }, 300],
  'kettle.log': [{ volts: 229.8, amps: 8.71 }, 100],
  'both.log': [{ volts: 228.1, amps: 17.34 }, 100],
  'five-turns.log': [{ volts: 229.6, amps: 43.5 }, 100],
  'idle.log': [{ volts: 231.9, amps: 0 }, 300],
};

/** The `console` blocks: what is typed, and what it prints. */
const STEPS = [...DOCUMENT.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map(step => {
      const [, command = '', output = ''] = /^((?:[^\n]*\\\n)*[^\n]*)\n(.*)$/s.exec(step) ?? [];
      return { command, output: output.trimEnd() };
    }),
);

test('the commands of docs/calibrating.md print what it says', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-calibrating-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [name, [flow, count]] of Object.entries(LOGS)) {
    // One more than is asked for: the piece before the first crossing.
    const windows = recordWindows(flow, { build: REVERSED, seconds: (count + 2) / 5, seed: name });
    const lines = windows.slice(1, count + 1).map(window => JSON.stringify(window));
    writeFileSync(
      join(folder, name),
      [`> windows ${count}`, ...lines, `{"windows":${count}}`, '> '].join('\r\n'),
    );
  }
  writeFileSync(
    join(folder, 'fridge.csv'),
    recordTrace({ volts: 230.2, amps: 0.81, lag: 50 }, { build: REVERSED, seconds: 20, seed: 'fridge' }),
  );
  const m3ter = `#!/bin/sh\nexec ${process.execPath} ${resolve('simulator/m3ter.js')} "$@"\n`;
  writeFileSync(join(folder, 'm3ter'), m3ter, { mode: 0o755 });
  t.true(STEPS.length >= 3);
  for (const { command, output } of STEPS) {
    const script = `PATH=$PWD:$PATH; ${command}`;
    const run = await promisify(execFile)('sh', ['-c', script], { cwd: folder }).catch(failed => failed);
    t.is(`${run.stdout}${run.stderr}`.trimEnd(), output, command);
  }
});
