import type { PeerCertificate } from 'node:tls';

/** Node's and OpenSSL's codes, in words for whoever has to mend it. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it ended the connection',
  EPIPE: 'it ended the connection',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at the clock',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is by an authority that --ca does not name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is by an authority that --ca does not name',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is by an authority that --ca does not name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is by an authority that --ca does not name',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a certificate: give --cert and --cert-key',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not know the authority of the certificate in --cert',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS is spoken there',
};

interface ConnectionError extends Error {
  /** A string of Node's, or a number of MQTT's. */
  readonly code?: string | number;
  readonly host?: string;
  readonly cert?: PeerCertificate;
}

/** Why there is no connection to the broker, in a line. */
export function brokerFault(error: Error): string {
  const { code, host, cert, message } = error as ConnectionError;
  if (typeof code !== 'string') return message;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for ${cert?.subjectaltname ?? 'no name'}, not for ${host} (${code})`;
  return `${WORDS[code] ?? message} (${code})`;
}
