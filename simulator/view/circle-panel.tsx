import { Text } from 'ink';
import { formatClock, formatMoney, formatNumber } from './format';
import { Line, Panel } from './panel';
import type { ChainView, SimulationState, StageView } from './state';

export interface CirclePanelProps {
  readonly state: SimulationState;
  readonly chain: ChainView;
  /** Columns */
  readonly width: number;
}

/** The way of money and energy: from a payment to the supply, and by what the meter signs to a reward. */
export function CirclePanel({ state, chain, width }: CirclePanelProps) {
  const { payment, block, credit, reading, acknowledged, proved, reward } = chain;
  const note = `chain ${chain.chainId} · a kWh ${formatMoney(chain.price)} · household ${formatMoney(chain.money)}`;
  return (
    <Panel title="Circle" note={note} width={width}>
      <Line>
        <Stage name="paid" stage={payment} figure={formatMoney(payment?.amount ?? Number.NaN)} />
        {ARROW}
        <Stage name="block" stage={block} figure={`${block?.number}`} />
        {ARROW}
        <Stage name="credit" stage={credit} figure={`${kilowattHours(credit?.energy)} kWh`} />
        {ARROW}
        <Text dimColor>used</Text> {kilowattHours(state.metered)}
      </Line>
      <Line>
        {ARROW.trimStart()}
        <Stage name="reading" stage={reading} figure={`#${reading?.sequence}`} />
        {ARROW}
        <Stage name="kept" stage={acknowledged} figure={`#${acknowledged?.sequence}`} />
        {ARROW}
        <Stage name="proved" stage={proved} figure={`#${proved?.sequence}`} />
        {ARROW}
        <Stage name="reward" stage={reward} figure={formatNumber(reward?.amount ?? Number.NaN, 2)} />
      </Line>
    </Panel>
  );
}

const ARROW = ' → ';

interface StageProps {
  readonly name: string;
  readonly stage: StageView | undefined;
  /** Its latest, where it was passed. */
  readonly figure: string;
}

function Stage({ name, stage, figure }: StageProps) {
  return (
    <>
      <Text dimColor>{name}</Text>
      {stage === undefined ? ' –' : ` ${figure} ${formatClock(stage.time).slice(0, 5)}`}
    </>
  );
}

function kilowattHours(milliwattHours = Number.NaN): string {
  return formatNumber(milliwattHours / 1e6, 2);
}
