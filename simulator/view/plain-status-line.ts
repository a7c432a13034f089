import {
  formatClock,
  formatDate,
  formatEnergy,
  formatError,
  formatForecast,
  formatNumber,
  formatPower,
  oneLine,
} from './format';
import type { SimulationState } from './state';

/** The simulation in one line without escape sequences, for where there is no terminal. */
export function plainStatusLine(state: SimulationState): string {
  const verified = state.readings.filter(reading => reading.verified === 'verified').length;
  const meter = state.plugged
    ? `${formatNumber(state.line.voltage, 1)} V  ${formatPower(state.line.activePower)}`
    : 'unplugged';
  return [
    `${formatDate(state.time)} ${formatClock(state.time)}`,
    meter,
    `balance ${formatEnergy(state.balance)}${state.lowBalance ? ' (low)' : ''}`,
    `lasts ${formatForecast(state.forecast)}`,
    `supply ${state.closed ? 'on' : 'off'} (${oneLine(state.reason)})`,
    `network ${state.networkUp ? 'up' : 'cut'}`,
    `readings ${verified}/${state.readings.length} verified`,
    `error ${formatError(state.metered, state.trueEnergy)}`,
  ].join('  ');
}
