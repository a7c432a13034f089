import test from 'ava';
import { milliwattHours } from '../../../firmware/energy';
import { renderFrame, showSimulation } from '../../../simulator/view/show';
import type { SimulationActions, SimulationState } from '../../../simulator/view/state';
import { EXAMPLE } from './example-state';
import { FakeTerminal } from './fake-terminal';

function start(initial: SimulationState = EXAMPLE) {
  const terminal = new FakeTerminal();
  const calls: string[] = [];
  const listeners = new Set<() => void>();
  let state = initial;
  const names = [
    'buy',
    'pay',
    'ask',
    'toggleNetwork',
    'togglePlug',
    'faster',
    'slower',
    'togglePause',
    'quit',
  ] as const;
  const actions = Object.fromEntries(names.map(name => [name, () => calls.push(name)]));
  const looks = { count: 0 };
  const store = {
    getState: () => {
      looks.count++;
      return state;
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const update = (change: Partial<SimulationState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const view = showSimulation(store, actions as unknown as SimulationActions, terminal);
  return { terminal, calls, looks, listeners, update, view };
}

test('the view shows the first state at once and each key calls its action', async t => {
  const { terminal, calls, view } = start();
  t.is(terminal.frame.trimEnd(), renderFrame(EXAMPLE).trimEnd());
  for (const key of ['b', 'p', 'e', 'n', 'u', '+', '=', '-', ' ', 'q', 'Q', '\u0003', 'x'])
    terminal.press(key);
  await terminal.until(() => calls.length >= 12);
  t.deepEqual(calls, [
    'buy',
    'pay',
    'ask',
    'toggleNetwork',
    'togglePlug',
    'faster',
    'faster',
    'slower',
    'togglePause',
    'quit',
    'quit',
    'quit',
  ]);
  view.close();
});

test('a flood of changes makes one look at the state and few frames, and the last change is shown', async t => {
  const { terminal, looks, listeners, update, view } = start();
  await terminal.until(() => listeners.size === 1);
  const before = terminal.frames.length;
  looks.count = 0;
  for (let k = 1; k <= 10_000; k++) update({ balance: milliwattHours(1_000_000 + k * 1000) });
  await terminal.until(() => terminal.frame.includes('11.000 kWh'));
  t.true(terminal.frames.length - before <= 3, `${terminal.frames.length - before} frames`);
  t.is(looks.count, 1);
  view.close();
});

test('the view fills a terminal that is resized', async t => {
  const { terminal, view } = start();
  terminal.resize(100, 40);
  const lines = () => terminal.frame.trimEnd().split('\n');
  await terminal.until(() => lines().length === 39);
  t.is(Math.max(...lines().map(line => line.length)), 100);
  view.close();
});

test('a closed view listens no more and leaves its last frame', async t => {
  const { terminal, listeners, view } = start();
  await terminal.until(() => listeners.size === 1);
  view.close();
  await terminal.until(() => listeners.size === 0);
  t.true(terminal.frames.some(frame => frame.includes('M3ter 42')));
});
