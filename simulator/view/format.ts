/** Numbers and times as text for people. What is not a finite number shows as a dash, never as a zero or NaN. */

import { type Forecast, MOST_HOURS } from '../../firmware/supply/forecast';

const DASH = '–';
const MINUS = '−';

/** A number with a fixed count of decimals; very large ones in powers of ten, so that 9 characters hold any. */
export function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return DASH;
  const text = Math.abs(value) < 1e6 ? value.toFixed(decimals) : value.toExponential(1);
  return withMinus(text);
}

/** What rounds to zero has no sign. */
function withMinus(text: string): string {
  return text.replace(/^-0(\.0*)?$/, text.slice(1)).replaceAll('-', MINUS);
}

/** A number with its sign always shown. */
export function formatSigned(value: number, decimals: number): string {
  const text = formatNumber(value, decimals);
  return value > 0 && Number.isFinite(value) ? `+${text}` : text;
}

/** W, or kW from 10 kW. */
export function formatPower(watts: number): string {
  const large = Number.isFinite(watts) && Math.abs(watts) >= 9999.5;
  return large ? `${formatNumber(watts / 1e3, 1)} kW` : `${formatNumber(watts, 0)} W`;
}

/** How long something lasts, from tenths of an hour up to the 30 days and more that a forecast reaches. */
export function formatHours(hours: number): string {
  if (!(hours >= 0)) return `${DASH} h`;
  if (hours >= MOST_HOURS) return '30 d+';
  if (hours < 9.95) return `${formatNumber(hours, 1)} h`;
  const whole = Math.round(hours);
  const days = Math.floor(whole / 24);
  if (days === 0) return `${whole} h`;
  return days < 10 && whole % 24 > 0 ? `${days} d ${whole % 24} h` : `${days} d`;
}

/** How long the balance lasts and, in brackets, from when to when it may; a dash while there is no forecast. */
export function formatForecast(forecast: Forecast | undefined): string {
  if (forecast === undefined) return DASH;
  const { hoursLeft, early, late } = forecast;
  return `${formatHours(hoursLeft)} (${formatHours(early)}–${formatHours(late)})`;
}

/** mWh shown in kWh, to the Wh up to 10 MWh. */
export function formatEnergy(milliwattHours: number | undefined): string {
  if (milliwattHours === undefined || !Number.isFinite(milliwattHours)) return `${DASH} kWh`;
  const kilowattHours = milliwattHours / 1e6;
  const text = kilowattHours.toFixed(Math.abs(kilowattHours) < 1e4 ? 3 : 0);
  return `${withMinus(text)} kWh`;
}

/** xDAI, to the hundredth. */
export function formatMoney(amount: number): string {
  return `${formatNumber(amount, 2)} xDAI`;
}

/** HH:MM:SS of Unix seconds, UTC. */
export function formatClock(time: number): string {
  return isoTime(time)?.slice(11, 19) ?? DASH;
}

/** YYYY-MM-DD of Unix seconds, UTC. */
export function formatDate(time: number): string {
  return isoTime(time)?.slice(0, 10) ?? DASH;
}

/** 'now' is the end of a span of `seconds`: '90 s', '12 min', '3.5 h'. */
export function formatSpan(seconds: number): string {
  if (seconds < 120) return `${formatNumber(seconds, 0)} s`;
  if (seconds < 7200) return `${formatNumber(seconds / 60, 0)} min`;
  return `${formatNumber(seconds / 3600, 1)} h`;
}

/** In %, how far the metered energy is off; a dash while there is too little (under 1 Wh) to compare. */
export function formatError(metered: number, trueEnergy: number): string {
  if (!(Math.abs(trueEnergy) >= 1000)) return `${DASH} %`;
  return `${formatSigned((100 * (metered - trueEnergy)) / Math.abs(trueEnergy), 3)} %`;
}

/** The ends of a long name with an ellipsis between. */
export function abbreviate(text: string, head: number, tail: number): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** Text that came from elsewhere as one line without control characters. */
export function oneLine(text: string): string {
  return text.replace(/\p{C}+/gu, ' ').trim();
}

function isoTime(time: number): string | undefined {
  const date = new Date(time * 1000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || date.getUTCFullYear() < 0
    ? undefined
    : date.toISOString();
}
