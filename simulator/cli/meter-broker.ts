import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { TlsOptions } from '../../firmware/host';
import type { Broker } from '../../firmware/link/uplink';
import { Failure, UsageError } from '../errors';
import { readTextFile } from './files';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };

/** What `m3ter meter` is told of TLS: files, and the hash of a key. */
export interface TlsChoice {
  /** PEM of the only authority to trust */
  readonly ca?: string;
  /** SHA-256 of the broker's public key, 64 hex digits */
  readonly keyHash?: string;
  /** PEM of the certificate that the meter shows, and of its private key */
  readonly cert?: string;
  readonly certKey?: string;
}

const TLS_FLAGS = { ca: '--ca', keyHash: '--key-hash', cert: '--cert', certKey: '--cert-key' } as const;

/**
 * Where a meter reports to; undefined where no URL is given.
 * @param url as `brokerOption` lets through
 * @throws UsageError when the options do not go together, Failure when a file holds no certificate, or not its key
 */
export function meterBroker(url: string | undefined, choice: TlsChoice): Broker | undefined {
  const { protocol, hostname, port, username, password } = new URL(url ?? 'none:');
  const flag = Object.entries(TLS_FLAGS).find(([name]) => choice[name as keyof TlsChoice] !== undefined)?.[1];
  if (flag !== undefined && protocol !== 'mqtts:')
    throw new UsageError(
      `${flag}: expected a --broker of mqtts://, got ${protocol === 'mqtt:' ? 'mqtt://' : 'none'}`,
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
  return protocol === 'mqtts:' ? { ...broker, tls: tlsOptions(choice) } : broker;
}

function tlsOptions({ ca, keyHash, cert, certKey }: TlsChoice): TlsOptions {
  if ((cert === undefined) !== (certKey === undefined))
    throw new UsageError(
      `expected --cert and --cert-key together, got ${cert ? '--cert' : '--cert-key'} alone`,
    );
  return {
    ...(ca !== undefined && { authority: readAuthority(ca) }),
    ...(keyHash !== undefined && { keyHash }),
    ...(cert !== undefined && certKey !== undefined && readIdentity(cert, certKey)),
  };
}

/**
 * The PEM of an authority. Node takes any text for one, and then trusts nobody.
 * @throws Failure when the file cannot be read, or holds no certificate
 */
export function readAuthority(path: string): string {
  return readCertificate('authority', path).text;
}

function readCertificate(what: string, path: string): { text: string; certificate: X509Certificate } {
  const text = readTextFile(what, path);
  try {
    return { text, certificate: new X509Certificate(text) };
  } catch {
    throw new Failure(`${what} ${path}: expected a certificate in PEM, got none`);
  }
}

function readIdentity(certificatePath: string, keyPath: string): TlsOptions {
  const { text, certificate } = readCertificate('certificate', certificatePath);
  const privateKey = readTextFile('private key', keyPath);
  if (!isKeyOf(certificate, privateKey))
    throw new Failure(
      `private key ${keyPath}: expected the key of ${certificatePath} in PEM, got another or none`,
    );
  return { certificate: text, privateKey };
}

/** What is wrong with a key is not told: an error may quote it. */
function isKeyOf(certificate: X509Certificate, privateKey: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}
