import { addressText } from '../../firmware/attest/address';
import type { Clock, Crypto, RestartCause } from '../../firmware/host';
import type { Meter } from '../../firmware/meter';

/** What the console may know of the meter, and what it may tell it. */
export type ConsoleMeter = Pick<
  Meter,
  | 'address'
  | 'm3terId'
  | 'balance'
  | 'supply'
  | 'switchings'
  | 'fault'
  | 'measurement'
  | 'isOnline'
  | 'isSealed'
  | 'link'
  | 'reset'
  | 'isConsoleTrusted'
>;

export interface StatusSources {
  readonly meter: ConsoleMeter;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly restart?: RestartCause;
  /** Bytes of heap; absent where the host cannot tell. */
  freeMemory?(): number;
}

/** The state of the meter for a person. What is not known is said to be so, never shown as zero. */
export function statusLines({ meter, clock, crypto, restart, freeMemory }: StatusSources): readonly string[] {
  const { address, m3terId, balance, supply, fault, measurement } = meter;
  const why = fault === undefined ? (supply.reason ?? 'not decided yet') : `fault: ${fault}`;
  const lines = [
    `address  ${address === undefined ? 'none: the key is unusable' : addressText(crypto, address)}`,
    `m3ter    ${m3terId ?? 'not linked'}`,
    `balance  ${balance === undefined ? 'not restored' : `${kilowattHoursText(balance)} kWh`}`,
    `supply   ${supply.closed ? 'on' : 'off'} (${why})`,
    `relay    switched ${meter.switchings} times`,
    ...measurement.phases.map((phase, index) => {
      const { voltage, current, activePower, powerFactor } = phase;
      return `phase ${index + 1}  ${voltage.toFixed(1)} V  ${current.toFixed(2)} A  ${activePower.toFixed(0)} W  PF ${powerFactor.toFixed(2)}`;
    }),
    `mains    ${measurement.frequency.toFixed(2)} Hz`,
    `online   ${meter.isOnline ? 'yes' : 'no'}`,
    `time     ${timeText(clock.now())}`,
  ];
  if (restart !== undefined) lines.push(`restart  ${restart}`);
  if (freeMemory !== undefined) lines.push(`memory   ${freeMemory()} bytes free`);
  return lines;
}

/** Rounded down to whole Wh, so that no more is promised than there is. */
function kilowattHoursText(milliwattHours: number): string {
  return (Math.floor(milliwattHours / 1000) / 1000).toFixed(3);
}

function timeText(now: number | undefined): string {
  return now === undefined ? 'not known' : new Date(1000 * now).toISOString().replace('.000', '');
}
