import { X509Certificate } from 'node:crypto';
import type { Broker } from '../../firmware/link/uplink';
import { Failure, UsageError } from '../errors';
import { readTextFile } from './files';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/**
 * Where a meter reports to; undefined where no URL is given.
 * @param url as `brokerOption` lets through
 * @param authorityFile PEM of the only authority to trust
 * @throws UsageError when the two do not go together, Failure when the file holds no certificate
 */
export function meterBroker(url: string | undefined, authorityFile: string | undefined): Broker | undefined {
  const { protocol, hostname, port, username, password } = new URL(url ?? 'none:');
  if (authorityFile !== undefined && protocol !== 'mqtts:')
    throw new UsageError(
      `--ca: expected a --broker of mqtts://, got ${protocol === 'mqtt:' ? 'mqtt://' : 'none'}`,
    );
  if (url === undefined) return undefined;
  if (username !== '' || password !== '')
    throw new UsageError(
      '--broker: expected a broker that asks for no user and password, got a URL with one',
    );
  const broker = {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || DEFAULT_PORTS[protocol]),
  };
  if (protocol !== 'mqtts:') return broker;
  return { ...broker, tls: authorityFile === undefined ? {} : { authority: readAuthority(authorityFile) } };
}

/** Node takes any text for authorities, and then trusts nobody. */
function readAuthority(path: string): string {
  const text = readTextFile('authority', path);
  try {
    new X509Certificate(text);
  } catch {
    throw new Failure(`authority ${path}: expected a certificate in PEM, got none`);
  }
  return text;
}
