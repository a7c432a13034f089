import { Text } from 'ink';
import { formatNumber, formatPower } from './format';
import { Line, Panel } from './panel';
import type { SimulationState } from './state';
import { tone } from './tone';

/** Right-aligned numbers in two columns, their units below each other. */
function cell(label: string, labelWidth: number, value: string, unit: string): string {
  return `${label.padEnd(labelWidth)}${value.padStart(7)} ${unit.padEnd(2)}`;
}

export interface ElectricityPanelProps {
  readonly state: SimulationState;
  /** Columns */
  readonly width: number;
}

/** What the meter measures and foresees; dashes while it is without power: what it measured last is not what is. */
export function ElectricityPanel({ state, width }: ElectricityPanelProps) {
  const show = (value: number, decimals: number) =>
    formatNumber(state.plugged ? value : Number.NaN, decimals);
  const { voltage, current, activePower, powerFactor, frequency } = state.line;
  const [power = '', unit = ''] = formatPower(state.plugged ? activePower : Number.NaN).split(' ');
  const [solar = '', solarUnit = ''] = formatPower(state.solarPower).split(' ');
  const { forecast } = state;
  const dayUse = formatNumber((forecast?.dayUse ?? Number.NaN) / 1e6, 2);
  const dayUseError = forecast && `± ${formatNumber(forecast.dayUseError / 1e6, 2)}`;
  return (
    <Panel title="Electricity" width={width}>
      <Line>
        {cell('Voltage', 8, show(voltage, 1), 'V')} {cell('Freq', 4, show(frequency, 2), 'Hz')}
      </Line>
      <Line>
        {cell('Current', 8, show(current, 3), 'A')} {cell('PF', 4, show(powerFactor, 3), '')}
      </Line>
      <Line>
        <Text bold>{cell('Power', 8, power, unit)}</Text> {state.plugged && <Direction power={activePower} />}
      </Line>
      <Line>
        {cell('Solar', 8, solar, solarUnit)} {state.solarPower > 0 && <Text {...tone('warning')}>☼</Text>}
      </Line>
      <Line>
        {cell('Next day', 8, dayUse, 'kWh')} {dayUseError}
      </Line>
    </Panel>
  );
}

function Direction({ power }: { readonly power: number }) {
  if (power > 0) return <Text {...tone('accent')}>↓ from the grid</Text>;
  if (power < 0) return <Text {...tone('good')}>↑ to the grid</Text>;
  return <Text dimColor>no power flows</Text>;
}
