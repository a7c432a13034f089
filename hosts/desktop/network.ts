import TCP from 'embedded:io/socket/tcp';
// biome-ignore lint/style/useNodejsImportProtocol: the SDK's module of this name
import Net from 'net';
import type { Clock, Crypto, Network, TlsOptions } from '../../firmware/host';
import { type SecureStreamOptions, type StreamClass, StreamNetwork } from '../esp32/network';
import { createTlsSession } from '../esp32/tls-session';
import { TlsStream } from '../esp32/tls-stream';

/** TCP and TLS by the SDK, as on the board: with TLS only the authority or key that is given is trusted. */
export function createNetwork(clock: Clock, crypto: Crypto): Network {
  // the SDK's own typings, which its tools see first, are stricter
  const tcp = TCP as unknown as StreamClass;
  const createSession = (host: string, trust: TlsOptions) => createTlsSession(crypto, host, trust);
  class Tls extends TlsStream {
    constructor(options: SecureStreamOptions) {
      super({ tcp, clock, createSession }, options);
    }
  }
  return new StreamNetwork({ tcp, tls: Tls, resolve, clock });
}

/** The SDK takes the first address that the system tells, which for this name may be one of IPv6, and of no use to it. */
function resolve(host: string, callback: (address: string | undefined) => void): void {
  if (host === 'localhost') callback('127.0.0.1');
  else Net.resolve(host, (_name, address) => callback(address));
}
