import type { Broker } from '../../firmware/link/uplink';
import type { Result } from '../../firmware/result';
import type { LocationSetting } from '../location';
import type { Settings } from './settings';
import type { WifiSetting } from './settings-checks';

/** What is set, for a person: no password, and of a certificate no more than that there is one. */
export function settingsLines(settings: Settings): readonly string[] {
  return [
    `wifi         ${described(settings.get('wifi'), wifiText, 'off')}`,
    `broker       ${described(settings.get('broker'), brokerText, 'off')}`,
    `location     ${described(settings.get('location'), locationText, 'not told')}`,
    `calibration  ${described(settings.get('calibration'), JSON.stringify, "the board's own")}`,
  ];
}

function described<Value>(
  setting: Result<Value | undefined, string>,
  describe: (value: Value) => string,
  absent: string,
): string {
  if (!setting.ok) return `damaged: ${setting.fault}`;
  return setting.value === undefined ? absent : describe(setting.value);
}

function locationText({ latitude, longitude, utcOffset }: LocationSetting): string {
  return `${latitude}, ${longitude}, UTC ${utcOffset < 0 ? '-' : '+'}${Math.abs(utcOffset)} min`;
}

function wifiText({ ssid, password }: WifiSetting): string {
  return `${ssid} (${password === undefined ? 'open' : 'password set'})`;
}

function brokerText({ host, port, tls }: Broker): string {
  if (tls === undefined) return `${host} ${port}`;
  const trust = [
    ...(tls.authority === undefined ? [] : ['authority set']),
    ...(tls.keyHash === undefined ? [] : ['key set']),
  ];
  return `${host} ${port} tls, ${trust.join(', ') || 'trusts nobody yet: use ca'}`;
}
