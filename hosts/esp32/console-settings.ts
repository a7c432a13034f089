import type { Broker } from '../../firmware/link/uplink';
import type { Result } from '../../firmware/result';
import type { Settings } from './settings';
import type { WifiSetting } from './settings-checks';

/** What is set, for a person: no password, and of a certificate no more than that there is one. */
export function settingsLines(settings: Settings): readonly string[] {
  return [
    `wifi         ${described(settings.get('wifi'), wifiText, 'off')}`,
    `broker       ${described(settings.get('broker'), brokerText, 'off')}`,
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

function wifiText({ ssid, password }: WifiSetting): string {
  return `${ssid} (${password === undefined ? 'open' : 'password set'})`;
}

function brokerText({ host, port, tls }: Broker): string {
  if (tls === undefined) return `${host} ${port}`;
  return `${host} ${port} tls, ${tls.authority === undefined ? 'trusts nobody yet: use ca' : 'authority set'}`;
}
