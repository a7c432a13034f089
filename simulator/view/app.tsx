import { type Key, useInput, useStdin, useStdout } from 'ink';
import { useEffect, useState } from 'react';
import { Dashboard } from './dashboard';
import type { SimulationActions, SimulationState, SimulationStore } from './state';

export interface AppProps {
  readonly store: SimulationStore;
  readonly actions: SimulationActions;
}

/** In lower case; `=` is the key of `+` on many keyboards, without shift. */
const KEYS: ReadonlyMap<string, keyof SimulationActions> = new Map([
  ['b', 'buy'],
  ['e', 'ask'],
  ['n', 'toggleNetwork'],
  ['p', 'pay'],
  ['u', 'togglePlug'],
  ['+', 'faster'],
  ['=', 'faster'],
  ['-', 'slower'],
  [' ', 'togglePause'],
  ['q', 'quit'],
]);

/** ms between two refreshes: about as often as numbers can be read. */
const REFRESH = 100;

/** The live view: shows the store's state, turns keys into actions. */
export function App({ store, actions }: AppProps) {
  const state = useThrottled(store, REFRESH);
  const { columns, rows } = useTerminalSize();
  const { isRawModeSupported } = useStdin();
  const onInput = (input: string, key: Key) => {
    // Keys pressed while the simulation is at work come as one text.
    for (const letter of key.ctrl && input === 'c' ? 'q' : input.toLowerCase()) {
      const action = KEYS.get(letter);
      if (action !== undefined) actions[action]();
    }
  };
  useInput(onInput, { isActive: isRawModeSupported });
  return <Dashboard state={state} columns={columns} rows={rows} />;
}

/** The store's state, at most once in `interval` ms however often it changes, and the last one always. */
function useThrottled(store: SimulationStore, interval: number): SimulationState {
  const [state, setState] = useState(() => store.getState());
  useEffect(() => {
    let timer: NodeJS.Timeout | undefined;
    const refresh = () => {
      timer = undefined;
      setState(store.getState());
    };
    const unsubscribe = store.subscribe(() => {
      timer ??= setTimeout(refresh, interval);
    });
    refresh(); // what changed between the first rendering and the subscription
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [store, interval]);
  return state;
}

function useTerminalSize(): { columns: number; rows: number } {
  const { stdout } = useStdout();
  const [size, setSize] = useState(() => sizeOf(stdout));
  useEffect(() => {
    const resize = () => setSize(sizeOf(stdout));
    stdout.on('resize', resize);
    return () => {
      stdout.off('resize', resize);
    };
  }, [stdout]);
  return size;
}

/** A terminal that does not know its size says 0 or nothing: then the classic one. */
function sizeOf(stdout: NodeJS.WriteStream): { columns: number; rows: number } {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}
