import { addressText } from '../../firmware/attest/address';
import type { MilliwattHours } from '../../firmware/energy';
import type { Crypto } from '../../firmware/host';
import type { Meter } from '../../firmware/meter';
import type { SupplyReason } from '../../firmware/supply/supply-reason';

/** The texts that a person at the meter sees; all empty while it has no power. */
export interface View {
  readonly name: string;
  readonly connection: string;
  /** The device's address in two halves, for it is too long for one line. */
  readonly address: readonly [string, string];
  readonly balance: string;
  readonly isClosed: boolean;
  readonly supply: string;
  readonly electricity: readonly [string, string];
  /** What is wrong, in one line. */
  readonly notice: string;
}

const SUPPLY_TEXTS: Readonly<Record<SupplyReason, string>> = {
  supplied: 'Supply on',
  unlinked: 'Off: not linked',
  exhausted: 'Off: balance used up',
  ordered: 'Off: by order',
  overload: 'Off: overload',
  overvoltage: 'Off: voltage too high',
  undervoltage: 'Off: voltage too low',
  tamper: 'Off: case was opened',
  fault: 'Off: fault',
  reconnecting: 'Off: back in a moment',
  unarmed: 'Off: waits for you to ask',
  emergency: 'On: emergency credit',
  friendly: 'On: friendly hours',
  reduced: 'On: reduced power',
  suspended: 'Off: by the provider',
};

const DARK: View = {
  name: '',
  connection: '',
  address: ['', ''],
  balance: '',
  isClosed: false,
  supply: '',
  electricity: ['', ''],
  notice: '',
};

/** @param meter undefined while it is unplugged */
export function viewOf(crypto: Crypto, meter: Meter | undefined, notice = ''): View {
  if (meter === undefined) return { ...DARK, notice };
  const { m3terId, supply, measurement } = meter;
  const address = meter.address === undefined ? '' : addressText(crypto, meter.address);
  const { voltage = 0, current = 0, activePower = 0, powerFactor = 1 } = measurement.phases[0] ?? {};
  return {
    name: m3terId === undefined ? 'M3ter' : `M3ter ${m3terId}`,
    connection: meter.isOnline ? 'online' : 'offline',
    address: [address.slice(0, 21), address.slice(21)],
    balance: balanceText(meter.balance),
    isClosed: supply.closed,
    supply: SUPPLY_TEXTS[supply.reason ?? 'fault'],
    electricity: [
      `${voltage.toFixed(1)} V  ${current.toFixed(2)} A  ${measurement.frequency.toFixed(2)} Hz`,
      `${activePower.toFixed(0)} W  PF ${powerFactor.toFixed(3)}`,
    ],
    notice: notice || connectionNotice(meter),
  };
}

/** What has kept it from its broker so far. */
function connectionNotice({ isOnline, connectionFaults }: Meter): string {
  const causes = Object.entries(connectionFaults).map(([fault, count]) => `${fault} ${count}`);
  return isOnline || causes.length === 0 ? '' : `broker: ${causes.join(', ')}`;
}

/** Never a zero in place of what could not be restored. Adding 0 makes 0 of a −0. */
function balanceText(balance: MilliwattHours | undefined): string {
  return balance === undefined ? '- kWh' : `${(Math.round(balance / 1000) / 1000 + 0).toFixed(3)} kWh`;
}
