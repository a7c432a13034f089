import RNG from 'rng';
import CertificateManager from 'ssl/cert';
import handshakeProtocol, { type Protocol } from 'ssl/handshake';
import Session from 'ssl/session';
import X509 from 'x509';
import { equal } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import { CIPHER_SUITES, HandshakeWatch } from './tls-handshake';
import { isNamed } from './tls-name';
import { certificateOf } from './tls-pem';
import type { TlsSession, TlsTransport } from './tls-stream';

const TLS_1_2 = 0x303;
/** Bytes of hardware randomness for the SDK's generator */
const ENTROPY = 64;
/** `handshakeProcess` of a session that waits for bytes */
const WAITING = -1;
const NO_COMPRESSION = [0];
/** id-ce-basicConstraints (RFC 5280, 4.2.1.9) */
const BASIC_CONSTRAINTS = [2, 5, 29, 19];

/**
 * The client's side of TLS 1.2 by the SDK, which is too trusting as it comes, with two guards: on the order of the
 * handshake, and on the chain of certificates. The times of certificates are held against `Date`.
 * @param authority PEM of the only authority to trust: the board knows no other
 * @throws Error when there is none, or it is no certificate that is valid now
 */
export function createTlsSession(
  crypto: Pick<Crypto, 'random'>,
  host: string,
  authority: string | undefined,
): TlsSession {
  const certificate = authority === undefined ? undefined : certificateOf(authority);
  if (certificate === undefined) throw new Error('authority: expected a certificate in PEM, got none');
  // the SDK seeds it with 16 bytes once
  RNG.init(crypto.random(ENTROPY).buffer as ArrayBuffer);
  const session = new GuardedSession(host, certificate);
  return {
    handshake: transport => session.shakeHands(transport),
    receive: transport => session.read(transport),
    send: (transport, bytes) => {
      session.write(transport, bytes);
    },
  };
}

class GuardedSession extends Session {
  readonly #watch = new HandshakeWatch();

  constructor(host: string, authority: Uint8Array) {
    super({ serverName: host, protocolVersion: TLS_1_2, cache: false });
    this.certificateManager = new PinnedCertificates(host, authority);
    this.initiateHandshake();
  }

  shakeHands(transport: TlsTransport): boolean {
    do {
      const isDone = this.handshake(transport);
      // a good-bye ends the handshake as success does
      if (this.alert !== undefined) throw new Error('TLS: expected a handshake, got an alert');
      if (isDone) return true;
    } while (this.handshakeProcess !== WAITING || transport.readable > 0);
    return false;
  }

  override doProtocol(transport: TlsTransport, protocol: Protocol, ...parameters: unknown[]): void {
    super.doProtocol(
      transport,
      protocol === handshakeProtocol.clientHello ? CLIENT_HELLO : protocol,
      ...parameters,
    );
  }

  override readPacket(transport: TlsTransport): ArrayBuffer | undefined {
    const record = super.readPacket(transport);
    if (record !== undefined && !this.#watch.isOver) this.#watch.check(new Uint8Array(record));
    return record;
  }
}

const CLIENT_HELLO: Protocol = {
  packetize: session => {
    const { helloProtocol, clientHello } = handshakeProtocol;
    return helloProtocol.packetize(session, CIPHER_SUITES, NO_COMPRESSION, clientHello.msgType);
  },
};

/**
 * Trusts a server whose certificate bears the name and leads, each signed by the next, to the one authority. The SDK's
 * own check is satisfied when any certificate of the list bears the name and the last is signed by an authority.
 */
class PinnedCertificates extends CertificateManager {
  readonly #host: string;
  readonly #authority: Uint8Array;

  constructor(host: string, authority: Uint8Array) {
    super({});
    this.#host = host;
    this.#authority = authority;
    if (!isValidNow(authority)) throw new Error('authority: expected a certificate that is valid now');
  }

  override verify(chain: readonly Uint8Array[]): boolean {
    const [server] = chain;
    if (server === undefined || !isNamed(X509.decodeSAN(server) ?? [], this.#host)) return false;
    for (const [k, certificate] of chain.entries()) {
      if (!isValidNow(certificate)) return false;
      if (this.#isIssuedBy(this.#authority, certificate)) return true;
      const issuer = chain[k + 1];
      if (issuer === undefined || !isAuthority(issuer) || !this.#isIssuedBy(issuer, certificate))
        return false;
    }
    return false;
  }

  /** Names first: signatures take long. */
  #isIssuedBy(issuer: Uint8Array, certificate: Uint8Array): boolean {
    const { tbs } = X509.decode(issuer);
    const decoded = X509.decode(certificate);
    if (!equal(X509.decodeTBS(tbs).subject, X509.decodeTBS(decoded.tbs).issuer)) return false;
    return this._verify(X509.decodeSPKI(issuer), decoded);
  }
}

function isValidNow(certificate: Uint8Array): boolean {
  const { from, to } = X509.decodeTBS(X509.decode(certificate).tbs).validity;
  const now = Date.now();
  return from < now && now < to;
}

/** SEQUENCE { cA BOOLEAN TRUE, ... }; false is never written, for it is the default. */
function isAuthority(certificate: Uint8Array): boolean {
  const constraints = X509.decodeExtension(certificate, BASIC_CONSTRAINTS);
  const [sequence, , boolean, length, value] = new Uint8Array(constraints ?? new ArrayBuffer(0));
  return sequence === 0x30 && boolean === 1 && length === 1 && value === 0xff;
}
