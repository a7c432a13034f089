import type { Broker } from '../firmware/link/uplink';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { mqtt: 1883, mqtts: 8883 };
const FORM = /^(mqtts?):\/\/([A-Za-z0-9.-]+)(?::(\d{1,5}))?$/;

/** The broker at `mqtt://HOST[:PORT]`, or with TLS at `mqtts://HOST[:PORT]`; undefined for any other text. */
export function brokerAt(url: string): Broker | undefined {
  const [, protocol = '', host = '', digits] = FORM.exec(url) ?? [];
  const port = Number(digits ?? DEFAULT_PORTS[protocol]);
  if (!(port >= 1 && port <= 65535)) return undefined;
  return protocol === 'mqtts' ? { host, port, tls: {} } : { host, port };
}
