import { existsSync } from 'node:fs';
import test from 'ava';
import { canCountInstructions } from '../../../hosts/native/toolchain/qemu';
import type { Effort } from '../../../simulator/bench/row';
import { anvilPath } from '../../../simulator/chain/anvil';
import { benchCommand } from '../../../simulator/cli/bench';
import type { Print } from '../../../simulator/cli/print';
import { M3ter } from '../../support/m3ter';
import { runCommand } from '../../support/run-command';

const hasChromium = existsSync('/usr/bin/chromium');

const LITTLE: Effort = {
  simulations: 1,
  days: 0.1,
  waveformMinutes: 1,
  runs: 3,
  samplePairs: 4000,
  windows: 50,
  logSize: 8192,
  countedRuns: 1,
  countsNoble: false,
  wearDays: 1,
  accuracyMeters: 1,
  accuracyStride: 100,
  noLoadDays: 0.01,
  gatewayMeters: 32,
  pageSeconds: 0.5,
  pageMeters: 30,
};
const bench = (...words: string[]) => runCommand((print: Print) => benchCommand(print, LITTLE), ...words);

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget?: number;
  readonly limit?: number;
}

/** By the class's limit and by the budget, in %; of the three last there is no limit. */
const ACCURACY: readonly (readonly [name: string, budget: number, limit?: number])[] = [
  ['230 V, PF 1, 0.05 to 0.1 Ib', 0.3, 1.5],
  ['230 V, PF 1, 0.1 Ib to Imax', 0.2, 1],
  ['230 V, 0.5 ind, 0.1 to 0.2 Ib', 0.3, 1.5],
  ['230 V, 0.8 cap, 0.1 to 0.2 Ib', 0.3, 1.5],
  ['230 V, 0.5 ind, 0.2 Ib to Imax', 0.2, 1],
  ['230 V, 0.8 cap, 0.2 Ib to Imax', 0.2, 1],
  ['230 V, 0.25 ind, 0.2 to 1 Ib', 0.7, 3.5],
  ['230 V, 0.5 cap, 0.2 to 1 Ib', 0.5, 2.5],
  ['230 V, voltage ±10 %, PF 1', 0.35, 0.7],
  ['230 V, voltage ±10 %, 0.5 ind', 0.5, 1],
  ['230 V, frequency ±2 %, PF 1', 0.25, 0.5],
  ['230 V, frequency ±2 %, 0.5 ind', 0.35, 0.7],
  ['230 V, 5th harmonic', 0.4, 0.8],
  ['230 V, half-wave rectified', 1.5, 3],
  ['230 V, fired at 90°', 1.5, 3],
  ['230 V, bursts, 2 cycles of 4', 1.5, 3],
  ['230 V, 0.004 Ib, share registered', 90],
  ['230 V, 0.01 days without load', 0],
  ['230 V, no-load threshold', 6],
];

const NAMES: Readonly<Record<string, readonly string[]>> = {
  simulation: [
    'simulation, phasor',
    'simulation, waveform',
    'energy, phasor against waveform',
    'energy, metered against true',
  ],
  accuracy: ACCURACY.map(([name]) => name),
  kernel: ['kernel, a sample pair', 'kernel against only reading the samples'],
  window: ['window to relay decision'],
  native: canCountInstructions()
    ? [
        'native kernel, a sample pair',
        'native signature',
        'native recovery of a signer',
        'native keccak-256 of 150 bytes',
        'native SHA-256 of 150 bytes',
        'native signature, stack',
        'native recovery of a signer, stack',
      ]
    : [],
  attest: [
    'reading made, signed and on flash',
    'reading in the log',
    'reading as an MQTT message',
    'credit verified and applied',
  ],
  boot: ['boot from a full journal and log', 'flash reads at that boot', 'flash read at that boot'],
  wear: [
    'erases of the most erased ledger sector',
    'life of the ledger at 100,000 erases, house of 4 MWh a year',
    'life of the ledger at 100,000 erases, 20 kW on one phase',
    'life of the ledger at 100,000 erases, 20 kW over three phases',
  ],
  size: ['firmware with its libraries, minified'],
  xs: [
    'XS heap, engine and code',
    'XS heap, idle, beyond that',
    'XS heap, live in a session',
    'XS heap, peak in a session',
    'XS heap, peak at readings and directives',
    'XS heap, peak at a boot with a full outbox',
    ...(canCountInstructions()
      ? [
          'XS, window to relay decision',
          'XS, all that a window takes',
          'XS, save of the ledger',
          'XS, reading made to encoded',
          'XS, reading kept on flash and encoded',
          'XS, credit verified and applied',
          'XS, boot from a full journal',
          'XS, boot from a full journal and log',
          'XS, after it, key, log and first entries',
          'XS, after it, likewise with a full log',
        ]
      : []),
  ],
  gateway:
    anvilPath() === undefined
      ? []
      : [
          'gateway, readings of 32 meters at once',
          'gateway, reading to acknowledgement, 99 %',
          'gateway against the broker by itself',
          'gateway, a reading kept',
          'gas, reading alone',
          'gas, reading in a batch of 32 meters',
        ],
  page: hasChromium
    ? [
        'page, a meter at 100 × real time',
        'page, from frame to frame, 99 %',
        'page, longest task',
        'page, to the browser',
        'page, server and simulation',
        'page, list of 30 meters, scrolled',
        'page, list of 30 meters, longest task',
        'page, list of 30 meters, sorted and drawn',
        'page, list of 30 meters, searched and drawn',
        'page, list of 30 meters, to the browser',
        'page, list of 30 meters, server and simulation',
      ]
    : [],
};

const GAS_BUDGETS: readonly (readonly [name: string, budget: number])[] = [
  ['gas, reading alone', 85_000],
  ['gas, reading in a batch of 32 meters', 45_000],
];
const PAGE_BUDGETS: readonly (readonly [name: string, budget: number])[] = [
  ['page, from frame to frame, 99 %', 20],
  ['page, list of 30 meters, scrolled', 20],
  ['page, list of 30 meters, sorted and drawn', 100],
  ['page, list of 30 meters, searched and drawn', 100],
];
const NATIVE_BUDGETS: readonly (readonly [name: string, budget: number])[] = [
  ['native kernel, a sample pair', 60],
  ['native signature', 3],
  ['native recovery of a signer', 5],
];
const XS_BUDGETS: readonly (readonly [name: string, budget: number])[] = [
  ['XS, window to relay decision', 200],
  ['XS, reading made to encoded', 6],
  ['XS, boot from a full journal', 20],
];

async function figures(...groups: string[]): Promise<readonly Row[]> {
  const { lines, exitCode } = await bench(...groups, '--json');
  if (exitCode !== 0 || lines.length !== 1) throw new Error(`expected a line of JSON, got ${lines.length}`);
  return JSON.parse(lines[0] as string).rows;
}

let all: Promise<readonly Row[]> | undefined;
/** Of all groups, which take long: once for all tests. */
function allFigures(): Promise<readonly Row[]> {
  all ??= figures();
  return all;
}

test('as JSON every figure has a name, a value and a unit, and some have a budget and a limit', async t => {
  const rows = await allFigures();
  t.deepEqual(
    rows.map(({ name }) => name),
    Object.values(NAMES).flat(),
  );
  for (const row of rows) {
    t.true(Object.keys(row).every(key => ['name', 'value', 'unit', 'budget', 'limit'].includes(key)));
    // Errors have a sign, and without load nothing is registered.
    const isAccuracy = NAMES.accuracy?.includes(row.name);
    const isDifference = row.name === 'energy, phasor against waveform';
    const isPlausible = isAccuracy ? Number.isFinite(row.value) : row.value > 0 || isDifference;
    t.true(isPlausible && row.unit !== '', row.name);
  }
  const budgets = rows.flatMap(({ name, budget }) => (budget === undefined ? [] : [[name, budget]]));
  t.deepEqual(budgets, [
    ['simulation, phasor', 50_000],
    ['energy, phasor against waveform', 0.05],
    ['energy, metered against true', 0.5],
    ...ACCURACY.map(([name, budget]) => [name, budget]),
    ['kernel, a sample pair', 25],
    ['kernel against only reading the samples', 6],
    ['window to relay decision', 20],
    ...(canCountInstructions() ? NATIVE_BUDGETS : []),
    ['boot from a full journal and log', 5],
    ['flash reads at that boot', 113],
    ['life of the ledger at 100,000 erases, house of 4 MWh a year', 20],
    ['life of the ledger at 100,000 erases, 20 kW on one phase', 20],
    ['life of the ledger at 100,000 erases, 20 kW over three phases', 20],
    ['XS heap, peak in a session', 48],
    ['XS heap, peak at readings and directives', 80],
    ['XS heap, peak at a boot with a full outbox', 80],
    ...(canCountInstructions() ? XS_BUDGETS : []),
    ...(anvilPath() === undefined ? [] : GAS_BUDGETS),
    ...(hasChromium ? PAGE_BUDGETS : []),
  ]);
  const limits = rows.flatMap(({ name, limit }) => (limit === undefined ? [] : [[name, limit]]));
  t.deepEqual(
    limits,
    ACCURACY.flatMap(([name, , limit]) => (limit === undefined ? [] : [[name, limit]])),
  );
});

test('what does not depend on the machine is as it should be', async t => {
  const rows = await allFigures();
  const value = (name: string) => rows.find(row => row.name === name)?.value ?? Number.NaN;
  t.true(value('energy, phasor against waveform') <= 0.05);
  t.true(value('energy, metered against true') <= 0.5);
  // A reading has a signature of 65 bytes, two digests of 32 on the wire, six registers and its telemetry.
  t.true(value('reading in the log') > 120 && value('reading in the log') < 200);
  t.true(value('reading as an MQTT message') > 180 && value('reading as an MQTT message') < 300);
  t.true(value('flash reads at that boot') > 16 && value('flash reads at that boot') < 40);
  for (const load of ['house of 4 MWh a year', '20 kW on one phase', '20 kW over three phases'])
    t.true(value(`life of the ledger at 100,000 erases, ${load}`) >= 20, load);
  t.true(value('firmware with its libraries, minified') > 50);
  t.true(value('XS heap, peak in a session') <= 48);
  t.true(value('XS heap, peak at readings and directives') <= 80);
  t.true(value('XS heap, peak at a boot with a full outbox') <= 80);
});

test('names select the figures of each, a line each, in the order of the table, with the side on which a budget binds', async t => {
  const { lines } = await bench('size', 'boot', 'kernel');
  const names = [NAMES.kernel, NAMES.boot, NAMES.size].flatMap((group = []) => group);
  t.is(lines.length, names.length);
  names.forEach((name, k) => {
    t.true(lines[k]?.startsWith(name), lines[k]);
  });
  t.regex(lines[0] ?? '', /^kernel, a sample pair +[\d.,]+ ns +≤ 25$/);
});

// before the others, which leave this computer no time to type
test.serial(
  'on a terminal it says what is being measured, and Ctrl-C ends it at once with what there is',
  async t => {
    // of which each row takes a second, and all of them a minute, without a pause
    const bench = new M3ter(['bench', 'kernel', 'accuracy', '--json'], { terminal: true });
    const notice = 'Measuring: accuracy (1 of 2) …';
    await bench.until('it has measured a row', () => bench.out.split(notice).length > 2);
    bench.type('\x03');
    const { code, out } = await bench.finished();
    t.is(code, 130);
    const names = JSON.parse(/\{.*\}/.exec(out)?.[0] ?? '').rows.map(({ name }: Row) => name);
    // how far it got is the machine's to say
    const all = [NAMES.accuracy, NAMES.kernel].flatMap((group = []) => group);
    t.deepEqual(names, all.slice(0, names.length));
    t.true(names.length > 0 && names.length < all.length);
  },
);

test('an unknown name is misuse, and the names that there are are told', async t => {
  const { exitCode, error } = await bench('weather');
  t.is(exitCode, 2);
  t.regex(
    error,
    /'weather' is invalid.*simulation, accuracy, kernel, window, native, attest, boot, wear, size, xs, gateway, page/,
  );
});
