import RNG from 'rng';
import CertificateManager from 'ssl/cert';
import handshakeProtocol, { type Protocol } from 'ssl/handshake';
import Session from 'ssl/session';
import X509 from 'x509';
import { equal, toHex } from '../../firmware/bytes';
import type { Crypto, TlsOptions } from '../../firmware/host';
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
 * @param trust the authority or the key to trust: the board knows no other
 * @throws Error when there is neither, the authority is no certificate that is valid now, or the meter is to show one of
 * its own, which this cannot
 */
export function createTlsSession(
  crypto: Pick<Crypto, 'random' | 'sha256'>,
  host: string,
  trust: TlsOptions,
): TlsSession {
  const pins = new PinnedCertificates(crypto, host, trust);
  // the SDK seeds it with 16 bytes once
  RNG.init(crypto.random(ENTROPY).buffer as ArrayBuffer);
  const session = new GuardedSession(host, pins);
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

  constructor(host: string, pins: PinnedCertificates) {
    super({ serverName: host, protocolVersion: TLS_1_2, cache: false });
    this.certificateManager = pins;
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
 * Trusts a server whose certificate bears the name, is of the pinned key, where there is one, and leads, each signed by
 * the next, to the one authority, where there is one. The SDK's own check is satisfied when any certificate of the list
 * bears the name and the last is signed by an authority.
 */
class PinnedCertificates extends CertificateManager {
  readonly #crypto: Pick<Crypto, 'sha256'>;
  readonly #host: string;
  readonly #keyHash: string | undefined;
  readonly #authority: Uint8Array | undefined;

  constructor(crypto: Pick<Crypto, 'sha256'>, host: string, trust: TlsOptions) {
    super({});
    const { authority, keyHash, certificate } = trust;
    if (certificate !== undefined) throw new Error('certificate: expected none, for this TLS shows none');
    this.#crypto = crypto;
    this.#host = host;
    this.#keyHash = keyHash?.toLowerCase();
    this.#authority = authority === undefined ? undefined : certificateOf(authority);
    if (this.#authority === undefined && (authority !== undefined || keyHash === undefined))
      throw new Error('authority: expected a certificate in PEM, got none');
    if (this.#authority !== undefined && !isValidNow(this.#authority))
      throw new Error('authority: expected a certificate that is valid now');
  }

  override verify(chain: readonly Uint8Array[]): boolean {
    const [server] = chain;
    if (server === undefined || !isNamed(X509.decodeSAN(server) ?? [], this.#host)) return false;
    if (this.#keyHash !== undefined && this.#hashOfKey(server) !== this.#keyHash) return false;
    return this.#authority === undefined || this.#isVouchedFor(chain, this.#authority);
  }

  #hashOfKey(certificate: Uint8Array): string {
    return toHex(this.#crypto.sha256(X509.decodeTBS(X509.decode(certificate).tbs).subjectPublicKeyInfo));
  }

  #isVouchedFor(chain: readonly Uint8Array[], authority: Uint8Array): boolean {
    for (const [k, certificate] of chain.entries()) {
      if (!isValidNow(certificate)) return false;
      if (this.#isIssuedBy(authority, certificate)) return true;
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
