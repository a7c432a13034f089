import { Text } from 'ink';
import { formatEnergy, formatError, formatForecast, formatMoney, oneLine } from './format';
import { Line, Panel } from './panel';
import type { SimulationState } from './state';
import { type Tone, tone } from './tone';

const LABEL = 9;
const BAR_WIDTH = 14;
/** Beside what the balance is worth. */
const SHORT_BAR_WIDTH = 4;

/** What was paid for, and what follows from it. */
export function PrepaidPanel({ state, width }: { readonly state: SimulationState; readonly width: number }) {
  const metered = `${formatEnergy(state.metered).replace(' kWh', '')} of ${formatEnergy(state.trueEnergy)}`;
  return (
    <Panel title="Prepaid" width={width}>
      <Line right={<Worth state={state} />}>
        {'Balance'.padEnd(LABEL)}
        <Text bold {...tone(balanceTone(state))}>
          {formatEnergy(state.balance)}
          {state.lowBalance ? ' low' : ''}
        </Text>
      </Line>
      <Line>
        {'Lasts'.padEnd(LABEL)}
        {formatForecast(state.forecast)}
      </Line>
      <Line>
        {'Supply'.padEnd(LABEL)}
        <Text {...tone(state.closed ? 'good' : 'bad')}>{state.closed ? '─●━━●─ on ' : '─●╱ ●─ off'}</Text>
        <Text dimColor> {oneLine(state.reason)}</Text>
      </Line>
      <Line>
        {'Network'.padEnd(LABEL)}
        <Lamp lit={state.networkUp} yes="up" no="cut" />
        {'    Plug '}
        <Lamp lit={state.plugged} yes="in" no="out" />
      </Line>
      <Line right={formatError(state.metered, state.trueEnergy)}>
        {'Metered'.padEnd(LABEL)}
        {metered}
      </Line>
    </Panel>
  );
}

/** The balance as a bar and, where it has a price, in money. */
function Worth({ state }: { readonly state: SimulationState }) {
  const { chain, balance = Number.NaN } = state;
  if (chain === undefined) return <BalanceBar state={state} width={BAR_WIDTH} />;
  return (
    <>
      {formatMoney((balance / 1e6) * chain.price)} <BalanceBar state={state} width={SHORT_BAR_WIDTH} />
    </>
  );
}

function Lamp({ lit, yes, no }: { readonly lit: boolean; readonly yes: string; readonly no: string }) {
  return <Text {...tone(lit ? 'good' : 'bad')}>{lit ? `● ${yes}` : `○ ${no}`.padEnd(5)}</Text>;
}

/** The balance as a part of the last purchase, or of 1 kWh, or of itself: whichever is most. */
function BalanceBar({ state, width }: { readonly state: SimulationState; readonly width: number }) {
  const balance = state.balance ?? 0;
  const full = Math.max(1e6, state.purchases.at(-1)?.energy ?? 0, balance);
  const filled = balance <= 0 ? 0 : Math.max(1, Math.round(width * (balance / full)));
  return (
    <Text>
      <Text {...tone(balanceTone(state))}>{'█'.repeat(filled)}</Text>
      <Text dimColor>{'░'.repeat(width - filled)}</Text>
    </Text>
  );
}

function balanceTone({ balance, lowBalance }: SimulationState): Tone {
  if (balance === undefined || lowBalance) return 'warning';
  return balance > 0 ? 'good' : 'bad';
}
