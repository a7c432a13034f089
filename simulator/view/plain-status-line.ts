import {
  formatClock,
  formatDate,
  formatEnergy,
  formatError,
  formatForecast,
  formatMoney,
  formatNumber,
  formatPower,
  oneLine,
} from './format';
import type { ChainView, SimulationState } from './state';

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
    ...(state.chain === undefined ? [] : chainParts(state.chain)),
  ].join('  ');
}

function chainParts({ price, money, payment, block, proved, reward }: ChainView): string[] {
  return [
    `a kWh ${formatMoney(price)}`,
    `household ${formatMoney(money)}`,
    `paid ${formatMoney(payment?.amount ?? Number.NaN)} in block ${block?.number ?? '–'}`,
    `proved #${proved?.sequence ?? 0}`,
    `reward ${formatNumber(reward?.amount ?? 0, 2)}`,
  ];
}
