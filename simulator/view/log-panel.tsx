import { Text } from 'ink';
import { formatClock, formatEnergy, oneLine } from './format';
import { Line, Panel } from './panel';
import type { ListPanelProps } from './readings-panel';
import type { EventView, SimulationState } from './state';

/** What was bought and what happened, newest first. */
export function LogPanel({ state, width, lines }: ListPanelProps) {
  const shown = entries(state, lines);
  return (
    <Panel title="Log" width={width}>
      {Array.from({ length: lines }, (_, k) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <LogLine key={k} entry={shown[k]} />
      ))}
    </Panel>
  );
}

function LogLine({ entry }: { readonly entry: EventView | undefined }) {
  if (entry === undefined) return <Line> </Line>;
  return (
    <Line>
      <Text dimColor>{formatClock(entry.time).slice(0, 5)}</Text> {oneLine(entry.text)}
    </Line>
  );
}

function entries({ events, purchases }: SimulationState, count: number): EventView[] {
  const bought = purchases
    .slice(-count)
    .map(({ time, energy }) => ({ time, text: `bought ${formatEnergy(energy)}` }));
  return [...events.slice(-count), ...bought].sort((a, b) => b.time - a.time).slice(0, count);
}
