import { Text } from 'ink';
import { chart } from './chart';
import { formatPower, formatSpan, oneLine } from './format';
import { Line, Panel } from './panel';
import type { SimulationState } from './state';
import { tone } from './tone';

export interface HousePanelProps {
  readonly state: SimulationState;
  readonly width: number;
  /** Rows of the chart above its zero line. */
  readonly chartHeight: number;
}

const LABEL = 8;

/** What is on, and the power of the last while: import above, export below. */
export function HousePanel({ state, width, chartHeight }: HousePanelProps) {
  const chartWidth = Math.max(1, width - 4 - LABEL);
  const { above, below, top } = chart(state.powerHistory, chartWidth, chartHeight);
  const span = Math.min(state.powerHistory.length, chartWidth) * state.powerHistoryStep;
  return (
    <Panel title="House" note={`power, last ${formatSpan(span)}`} width={width}>
      <Line>
        <Text dimColor>On now </Text> {describeAppliances(state)}
      </Line>
      {above.map((row, k) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
        <Line key={k}>
          <Text dimColor>{(k === 0 ? formatPower(top) : '').padEnd(LABEL)}</Text>
          <Text {...tone('accent')}>{row}</Text>
        </Line>
      ))}
      <Line>
        <Text dimColor>{'export'.padEnd(LABEL)}</Text>
        <Text {...tone('good')}>{below}</Text>
      </Line>
    </Panel>
  );
}

function describeAppliances({ appliances }: SimulationState): string {
  if (appliances.length === 0) return 'nothing';
  const largestFirst = [...appliances].sort((a, b) => b.power - a.power);
  return largestFirst.map(({ name, power }) => `${oneLine(name)} ${formatPower(power)}`).join(' · ');
}
