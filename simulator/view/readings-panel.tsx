import { Text } from 'ink';
import { formatClock, formatEnergy } from './format';
import { Line, Panel } from './panel';
import type { ReadingView, SimulationState } from './state';
import { type Tone, tone } from './tone';

export interface ListPanelProps {
  readonly state: SimulationState;
  readonly width: number;
  /** Lines in it, always as many, so that nothing below moves. */
  readonly lines: number;
}

const MARKS: Record<ReadingView['verified'], { readonly symbol: string; readonly tone: Tone }> = {
  verified: { symbol: '✓', tone: 'good' },
  pending: { symbol: '…', tone: 'warning' },
  bad: { symbol: '✗', tone: 'bad' },
};

/** The last signed readings, newest first: ✓ when signature and chain were found right. */
export function ReadingsPanel({ state, width, lines }: ListPanelProps) {
  const shown = state.readings.slice(-lines).reverse();
  return (
    <Panel title="Readings" note="✓ signature and chain" width={width}>
      {Array.from({ length: lines }, (_, k) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <ReadingLine key={k} reading={shown[k]} />
      ))}
    </Panel>
  );
}

function ReadingLine({ reading }: { readonly reading: ReadingView | undefined }) {
  if (reading === undefined) return <Line> </Line>;
  const mark = MARKS[reading.verified];
  return (
    <Line>
      <Text {...tone(mark.tone)}>{mark.symbol}</Text>
      {` ${`#${reading.sequence}`.padEnd(7)} ${formatClock(reading.time)} `}
      {formatEnergy(reading.imported).padStart(13)}
      <Text dimColor={!reading.acknowledged}>{reading.acknowledged ? '  acknowledged' : '  waiting'}</Text>
    </Line>
  );
}
