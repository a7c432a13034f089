import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, milliwattHours } from '../../../firmware/energy';
import { renderFrame } from '../../../simulator/view/show';
import type { ChainView, SimulationState } from '../../../simulator/view/state';
import { CHAIN_EXAMPLE, EXAMPLE } from './example-state';

function frame(change: Partial<SimulationState> = {}): string {
  return renderFrame({ ...EXAMPLE, ...change });
}

test('a frame shows every quantity with its unit', t => {
  const text = frame();
  for (const part of [
    'M3ter 42 0x2b39…B24A',
    '2026-03-24 18:42:07 ► ×600',
    '224.6 V ',
    '50.02 Hz',
    '6.037 A ',
    '0.979',
    '1328 W  ↓ from the grid',
    '12 W  ☼',
    'Balance  0.382 kWh low',
    'Lasts    1.4 h (0.6 h–1 d 2 h)',
    'Next day   5.43 kWh ± 0.82',
    '─●━━●─ on  balance',
    '● up ',
    '● in ',
    '3.618 of 3.619 kWh',
    '−0.014 %',
    'Hot plate 1100 W · Fridge 120 W · Television 90 W · Kitchen light 1… │',
    '… #74     18:27:07     3.499 kWh  waiting',
    '✓ #72     17:57:07     3.356 kWh  acknowledged',
    '07:35 bought 2.000 kWh',
    '07:18 supply off: balance',
    'reading 74 published',
    'b buy 1 kWh  e ask  n cut network  u pull plug  +/- speed  space pause  q quit',
  ])
    t.true(text.includes(part), `${part} in\n${text}`);
});

test('where there is a chain, the whole circle is shown, each stage with its latest figure and time', t => {
  const text = renderFrame(CHAIN_EXAMPLE);
  for (const part of [
    '0.10 xDAI █',
    'chain 31337 · a kWh 0.25 xDAI · household 98.50 xDAI',
    'paid 1.00 xDAI 07:35 → block 213 07:35 → credit 4.00 kWh 07:35 → used 3.62',
    '→ reading #74 18:27 → kept #72 18:12 → proved #64 16:13 → reward 3.12 16:13',
    'p pay 1 xDAI  b buy 1 kWh  e ask  n net  u plug  +/- speed  space pause  q quit',
  ])
    t.true(text.includes(part), `${part} in\n${text}`);
});

test('a stage that nothing has passed yet shows a dash', t => {
  const text = renderFrame({ ...CHAIN_EXAMPLE, chain: { chainId: 100, price: 0.25, money: 100 } });
  t.true(text.includes('│ paid – → block – → credit – → used 3.62'), text);
  t.true(text.includes('│ → reading – → kept – → proved – → reward –'), text);
});

test('a balance that is not restored yet shows as a dash, never as zero', t => {
  const text = frame({ balance: undefined });
  t.regex(text, /Balance {2}– kWh/);
});

test('while the meter has learned too little there is a dash in place of a forecast', t => {
  const text = frame({ forecast: undefined });
  t.regex(text, /Lasts +– +│/);
  t.regex(text, /Next day +– kWh +│/);
});

test('an open relay, a cut network, a pulled plug and a pause show in words', t => {
  const text = frame({ closed: false, reason: 'exhausted', networkUp: false, plugged: false, paused: true });
  for (const part of [
    '─●╱ ●─ off exhausted',
    '○ cut',
    '○ out',
    '‖ paused',
    'restore network',
    'insert plug',
    'go on',
  ])
    t.true(text.includes(part), `${part} in\n${text}`);
});

test('a meter without power shows dashes for what it measured last', t => {
  const text = frame({ plugged: false });
  t.regex(text, /Voltage +– V/);
  t.regex(text, /Power +– W/);
  t.false(text.includes('224.6'));
});

test('a bad reading is marked with a cross', t => {
  const last = EXAMPLE.readings.at(-1);
  if (last === undefined) return t.fail();
  t.regex(frame({ readings: [{ ...last, verified: 'bad' }] }), /✗ #74 /);
});

test('export points to the grid', t => {
  const line = { ...EXAMPLE.line, activePower: -212 };
  t.regex(frame({ line }), /−212 W {2}↑ to the grid/);
});

const anyNumber = fc.double();
const energy = fc.integer({ min: -MAX_ENERGY, max: MAX_ENERGY }).map(milliwattHours);
const anyText = fc.string({ unit: 'binary', maxLength: 200 });
const time = fc.oneof(fc.integer({ min: 0, max: 2 ** 40 }), anyNumber);

const stage = { time };
const sequence = fc.nat();
const anyChain: fc.Arbitrary<ChainView> = fc.record(
  {
    chainId: fc.maxSafeNat(),
    price: anyNumber,
    money: anyNumber,
    payment: fc.record({ ...stage, amount: anyNumber }),
    block: fc.record({ ...stage, number: fc.maxSafeNat() }),
    credit: fc.record({ ...stage, energy }),
    reading: fc.record({ ...stage, sequence }),
    acknowledged: fc.record({ ...stage, sequence }),
    proved: fc.record({ ...stage, sequence }),
    reward: fc.record({ ...stage, amount: anyNumber }),
  },
  { requiredKeys: ['chainId', 'price', 'money'] },
);

const anyState: fc.Arbitrary<SimulationState> = fc.record({
  time,
  speed: anyNumber,
  paused: fc.boolean(),
  m3terId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  address: anyText,
  line: fc.record({
    voltage: anyNumber,
    current: anyNumber,
    activePower: anyNumber,
    powerFactor: anyNumber,
    frequency: anyNumber,
  }),
  balance: fc.option(energy, { nil: undefined }),
  lowBalance: fc.boolean(),
  forecast: fc.option(
    fc.record({
      hoursLeft: anyNumber,
      early: anyNumber,
      late: anyNumber,
      dayUse: energy,
      dayUseError: energy,
    }),
    { nil: undefined },
  ),
  closed: fc.boolean(),
  reason: anyText,
  networkUp: fc.boolean(),
  plugged: fc.boolean(),
  appliances: fc.array(fc.record({ name: anyText, power: anyNumber })),
  solarPower: anyNumber,
  powerHistory: fc.array(anyNumber, { maxLength: 200 }),
  powerHistoryStep: anyNumber,
  readings: fc.array(
    fc.record({
      sequence: fc.nat(),
      time,
      imported: energy,
      verified: fc.constantFrom('verified', 'pending', 'bad'),
      acknowledged: fc.boolean(),
    }),
  ),
  metered: energy,
  trueEnergy: anyNumber,
  purchases: fc.array(fc.record({ time, energy })),
  events: fc.array(fc.record({ time, text: anyText })),
  chain: fc.option(anyChain, { nil: undefined }),
  message: anyText,
});

test('no state, however extreme, overflows 80 columns or 23 lines, or shows NaN, Infinity or undefined', t => {
  fc.assert(
    fc.property(anyState, state => {
      const quiet = { ...state, address: '', reason: '', message: '', appliances: [], events: [] };
      const lines = renderFrame(state).split('\n');
      t.true(lines.length === 23, `${lines.length} lines`);
      for (const line of lines) t.true(displayWidth(line) <= 80, line);
      t.notRegex(renderFrame(quiet), /NaN|Infinity|undefined/);
    }),
    { numRuns: 150 },
  );
});

/** Columns that a terminal needs at least: every code point but combining ones and selectors takes one. */
function displayWidth(line: string): number {
  return [...line.replace(/[\p{M}\p{Cf}]/gu, '')].length;
}
