import { Digest } from 'crypt';
import type { TlsOptions } from '../../../../firmware/host';
import type { Stream, StreamOptions } from '../../../../hosts/esp32/network';
import { createTlsSession } from '../../../../hosts/esp32/tls-session';
import { TlsStream } from '../../../../hosts/esp32/tls-stream';

const argument = native('xs_client_argument') as (index: number) => string;
const readFile = native('xs_client_file') as (path: string) => string;
const connect = native('xs_client_connect') as (port: number) => void;
const receive = native('xs_client_receive') as () => ArrayBuffer;
const send = native('xs_client_send') as (bytes: ArrayBuffer) => void;
const say = native('xs_client_say') as (line: string) => void;

const PLENTY = 100_000;

/** ECMA-419's TCP, moved by hand. */
class WaitingTcp implements Stream {
  static last: WaitingTcp;
  readonly #options: StreamOptions;
  #incoming = new Uint8Array(0);
  isClosed = false;

  constructor(options: StreamOptions) {
    connect(options.port);
    this.#options = options;
    WaitingTcp.last = this;
  }

  read(count: number): ArrayBuffer {
    const part = this.#incoming.slice(0, count);
    this.#incoming = this.#incoming.slice(count);
    return part.buffer as ArrayBuffer;
  }

  write(bytes: Uint8Array): number {
    send(bytes.slice().buffer as ArrayBuffer);
    return PLENTY;
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.#options.onWritable(PLENTY);
  }

  /** Waits for bytes. */
  move(): void {
    const bytes = receive();
    if (bytes.byteLength === 0) {
      this.#options.onError();
      return;
    }
    const before = this.#incoming;
    this.#incoming = new Uint8Array(before.length + bytes.byteLength);
    this.#incoming.set(before);
    this.#incoming.set(new Uint8Array(bytes), before.length);
    this.#options.onReadable(this.#incoming.length);
  }
}

function sha256(message: Uint8Array): Uint8Array {
  const digest = new Digest('SHA256');
  digest.write(message);
  return new Uint8Array(digest.close());
}

/** Says what becomes of the connection: `open`, each text that comes, the fault. What comes is sent back. */
export default function main(): void {
  const [port, host] = [Number(argument(0)), argument(1)];
  const trust = { [argument(2)]: argument(2) === 'keyHash' ? argument(3) : readFile(argument(3)) };
  const waiting: (() => void)[] = [];
  const clock = {
    monotonic: () => 0,
    now: () => undefined,
    after: (_milliseconds: number, callback: () => void) => {
      waiting.push(callback);
      return { cancel() {} };
    },
  };
  // as good as any for a test
  const crypto = {
    random: (length: number) => new Uint8Array(length).map(() => 256 * Math.random()),
    sha256,
  };
  const createSession = (name: string, trust: TlsOptions) => createTlsSession(crypto, name, trust);
  let isOpen = false;
  const stream = new TlsStream(
    { tcp: WaitingTcp, clock, createSession },
    {
      ...{ address: '127.0.0.1', port, host, ...trust },
      onReadable: count => {
        const bytes = new Uint8Array(stream.read(count) as ArrayBuffer);
        say(`got ${bytes.length}`);
        stream.write(bytes);
      },
      onWritable: () => {
        if (!isOpen) say('open');
        isOpen = true;
      },
      onError: fault => say(fault ?? 'nothing'),
    },
  );
  const tcp = WaitingTcp.last;
  tcp.open();
  while (!tcp.isClosed) {
    const next = waiting.shift();
    if (next !== undefined) next();
    else tcp.move();
  }
}
