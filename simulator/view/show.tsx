import './draw-in-ci';
import { stripVTControlCharacters } from 'node:util';
import { render, renderToString } from 'ink';
import { App } from './app';
import { Dashboard } from './dashboard';
import type { SimulationActions, SimulationState, SimulationStore } from './state';

/** Where to show and where keys come from; by default the process's terminal. */
export interface Terminal {
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
}

/** A view on a terminal. `close` leaves the last frame standing and gives the keyboard back. */
export interface View {
  close(): void;
}

/**
 * Shows the simulation live. Ctrl-C counts as the key `q`: `actions.quit` is to close the view. Where stdout is no
 * terminal, print `plainStatusLine` now and then instead.
 */
export function showSimulation(
  store: SimulationStore,
  actions: SimulationActions,
  terminal: Terminal = {},
): View {
  const view = render(<App store={store} actions={actions} />, {
    ...terminal,
    exitOnCtrlC: false,
    maxFps: 10,
  });
  return { close: view.unmount };
}

/** One frame as plain text, without colours and without a terminal: for documents. */
export function renderFrame(state: SimulationState, columns = 80, rows = 24): string {
  return stripVTControlCharacters(
    renderToString(<Dashboard state={state} columns={columns} rows={rows} />, { columns }),
  );
}
