import { createHash } from 'node:crypto';
import { connect as connectTcp, type Socket as NodeStream } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import type { Network, NetworkFault, Socket, SocketOptions, TlsOptions } from '../../firmware/host';
import { ByteQueue } from '../byte-queue';

/** Bytes that may wait in either direction; more is held back at its source. */
const CAPACITY = 16384;
/** Real ms that a closed socket gets to send what was written to it. */
const LINGER = 2000;

const FAULTS: Readonly<Record<string, NetworkFault>> = {
  ENOTFOUND: 'unresolved',
  EAI_AGAIN: 'unresolved',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
};

export interface NodeNetworkOptions {
  /** Real ms until an attempt to connect, TLS included, is given up as `timeout`; 15,000 when absent. */
  readonly connectTimeout?: number;
}

/** TCP and TLS by node:net and node:tls. */
export class NodeNetwork implements Network {
  readonly #connectTimeout: number;

  constructor(options: NodeNetworkOptions = {}) {
    this.#connectTimeout = options.connectTimeout ?? 15000;
  }

  open(options: SocketOptions): Socket {
    return new NodeSocket(options, this.#connectTimeout);
  }
}

class NodeSocket implements Socket {
  readonly #options: SocketOptions;
  readonly #stream: NodeStream;
  readonly #timeout: NodeJS.Timeout;
  readonly #incoming = new ByteQueue();
  #writable = 0;
  #isOpen = false;
  #isDead = false;

  constructor(options: SocketOptions, connectTimeout: number) {
    this.#options = options;
    this.#stream = openStream(options, () => this.#onOpen());
    this.#timeout = setTimeout(() => this.#fail('timeout'), connectTimeout);
    this.#stream.on('data', chunk => this.#onData(chunk));
    this.#stream.on('error', error => this.#fail(this.#faultOf(error)));
    this.#stream.on('close', () => this.#fail('closed'));
  }

  read(limit?: number): Uint8Array | undefined {
    const bytes = this.#incoming.take(limit);
    if (this.#incoming.length < CAPACITY) this.#stream.resume();
    return bytes;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > this.#writable) {
      throw new RangeError(`write: expected at most ${this.#writable} bytes, got ${bytes.length}`);
    }
    this.#writable -= bytes.length;
    this.#stream.write(bytes, error => {
      if (!error) this.#onWritten(bytes.length);
    });
  }

  close(): void {
    if (this.#isDead) return;
    this.#die();
    const stream = this.#stream;
    if (!this.#isOpen) {
      stream.destroy();
      return;
    }
    // what comes is still taken in: a socket closed over unread bytes resets, and what it had to send may be lost
    stream.removeAllListeners('data').resume();
    stream.end();
    const linger = setTimeout(() => stream.destroy(), LINGER);
    stream.once('close', () => clearTimeout(linger));
  }

  #onOpen(): void {
    if (this.#isDead) return;
    clearTimeout(this.#timeout);
    this.#isOpen = true;
    this.#onWritten(CAPACITY);
  }

  #onWritten(count: number): void {
    this.#writable += count;
    if (!this.#isDead) this.#options.onWritable(this.#writable);
  }

  #onData(bytes: Uint8Array): void {
    this.#incoming.add(bytes);
    if (this.#incoming.length >= CAPACITY) this.#stream.pause();
    if (!this.#isDead) this.#options.onReadable(this.#incoming.length);
  }

  #fail(fault: NetworkFault): void {
    if (this.#isDead) return;
    this.#die();
    this.#stream.destroy();
    this.#options.onError(fault);
  }

  #die(): void {
    this.#isDead = true;
    this.#writable = 0;
    clearTimeout(this.#timeout);
  }

  #faultOf(error: NodeJS.ErrnoException): NetworkFault {
    const unknown = this.#options.tls !== undefined && !this.#isOpen ? 'untrusted' : 'closed';
    return FAULTS[error.code ?? ''] ?? unknown;
  }
}

function openStream({ host, port, tls }: SocketOptions, onOpen: () => void): NodeStream {
  if (tls === undefined) return connectTcp({ host, port, noDelay: true }, onOpen);
  const { keyHash } = tls;
  const stream: TLSSocket = connectTls({ host, port, minVersion: 'TLSv1.2', ...trust(tls) }, () => {
    if (keyHash === undefined || isPinned(stream, host, keyHash)) onOpen();
    else stream.destroy(new Error('the key of the server is not the pinned one, or its name another'));
  });
  return stream.setNoDelay();
}

/** node:tls checks the chain of certificates and the name by itself, unless a pinned key alone is to be trusted. */
function trust({ authority, keyHash, certificate, privateKey }: TlsOptions) {
  return {
    // as a list, for an empty text would mean its own choice
    ...(authority !== undefined && { ca: [authority] }),
    ...(certificate !== undefined && { cert: certificate, key: privateKey }),
    rejectUnauthorized: keyHash === undefined || authority !== undefined,
  };
}

function isPinned(stream: TLSSocket, host: string, keyHash: string): boolean {
  const certificate = stream.getPeerX509Certificate();
  if (certificate === undefined) return false;
  if (checkServerIdentity(host, certificate.toLegacyObject()) !== undefined) return false;
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('hex') === keyHash.toLowerCase();
}
