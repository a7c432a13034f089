import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { folderFor, readDocument, runSteps, stepsOf } from './docs/document';
import { BUILD, type Flow, recordTrace, recordWindows } from './support/recorded-load';

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

test('the commands of docs/calibrating.md print what it says', async t => {
  const folder = folderFor(t);
  const steps = stepsOf(readDocument('calibrating.md'));
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
  t.true(steps.length >= 3);
  await runSteps(t, folder, steps);
});
