import test from 'ava';
import type { NetworkFault } from '../../../firmware/host';
import type { Stream, StreamOptions } from '../../../hosts/esp32/network';
import { type TlsSession, TlsStream, type TlsTransport } from '../../../hosts/esp32/tls-stream';
import { VirtualClock } from '../../../hosts/mock/clock';

const HELLO = 1;
const DATA = 2;
const BYE = 3;
const EVIL = 4;

/**
 * A protocol that is to TLS as a sketch is to a house: records of type, length and content. The handshake is a HELLO
 * of either side; an EVIL record is thrown at.
 */
class SketchSession implements TlsSession {
  #hasSaidHello = false;
  #buffer = new Uint8Array(0);

  handshake(transport: TlsTransport): boolean {
    if (!this.#hasSaidHello) this.#write(transport, HELLO, Uint8Array.of());
    this.#hasSaidHello = true;
    return this.#next(transport)?.type === HELLO;
  }

  receive(transport: TlsTransport): Uint8Array | undefined | null {
    const record = this.#next(transport);
    return record?.type === BYE ? null : record?.content;
  }

  send(transport: TlsTransport, bytes: Uint8Array): void {
    this.#write(transport, DATA, bytes);
  }

  #write(transport: TlsTransport, type: number, content: Uint8Array): void {
    transport.writable = transport.write(
      Uint8Array.of(type, content.length >> 8, content.length & 255, ...content),
    );
  }

  /** Takes from the transport no more than the record. */
  #next(transport: TlsTransport) {
    while (transport.readable > 0) {
      const [type = 0, high = 0, low = 0] = this.#buffer;
      const length = this.#buffer.length < 3 ? 3 : 3 + 256 * high + low;
      const part = new Uint8Array(Math.min(transport.readable, length - this.#buffer.length));
      transport.read(part);
      transport.readable -= part.length;
      this.#buffer = Uint8Array.of(...this.#buffer, ...part);
      const [, newHigh = 0, newLow = 0] = this.#buffer;
      if (this.#buffer.length < 3 || this.#buffer.length < 3 + 256 * newHigh + newLow) continue;
      const record = { type: this.#buffer[0] ?? type, content: this.#buffer.slice(3) };
      this.#buffer = new Uint8Array(0);
      if (record.type === EVIL) throw new Error('what is this?');
      return record;
    }
    return undefined;
  }
}

/** TCP moved by hand. */
class HandTcp implements Stream {
  static last: HandTcp;
  incoming: number[] = [];
  readonly written: number[] = [];
  room = 5000;
  isClosed = false;

  constructor(readonly options: StreamOptions) {
    HandTcp.last = this;
  }

  read(count: number): ArrayBuffer {
    if (count > this.incoming.length) throw new Error('invalid');
    return Uint8Array.from(this.incoming.splice(0, count)).buffer;
  }

  write(bytes: Uint8Array): number {
    this.written.push(...bytes);
    this.room -= bytes.length;
    return this.room;
  }

  close(): void {
    if (this.isClosed) throw new Error('closed twice');
    this.isClosed = true;
  }

  come(...bytes: number[]): void {
    this.incoming.push(...bytes);
    this.options.onReadable(this.incoming.length);
  }
}

function open(createSession: () => TlsSession = () => new SketchSession()) {
  const clock = new VirtualClock();
  const calls: (string | number | undefined)[] = [];
  const asked: unknown[] = [];
  const parts = {
    ...{ tcp: HandTcp, clock },
    createSession: (...arguments_: unknown[]) => {
      asked.push(...arguments_);
      return createSession();
    },
  };
  const stream = new TlsStream(parts, {
    ...{ address: '10.0.0.1', port: 8883, host: 'broker', authority: 'PEM' },
    onReadable: count => calls.push('readable', count),
    onWritable: count => calls.push('writable', count),
    onError: (fault?: NetworkFault) => calls.push('error', fault),
  });
  return { stream, clock, calls, asked, tcp: HandTcp.last };
}

/** With the handshake done and forgotten. */
function opened() {
  const made = open();
  made.tcp.options.onWritable(5000);
  made.tcp.come(HELLO, 0, 0);
  made.calls.length = 0;
  made.tcp.written.length = 0;
  return made;
}

test('the stream is open when the hands are shaken, with less room than TCP has', t => {
  const { tcp, calls, asked } = open();
  t.deepEqual(asked, [], 'no session before there is TCP');
  tcp.options.onWritable(5000);
  t.like(asked, ['broker', { authority: 'PEM' }]);
  t.deepEqual(tcp.written, [HELLO, 0, 0]);
  tcp.come(HELLO);
  tcp.come(0);
  t.deepEqual(calls, []);
  tcp.come(0);
  // 4,997 bytes are three records of at most 2,048, each with an overhead of 96
  t.deepEqual(calls, ['writable', 4997 - 3 * 96]);
});

test('data that comes with the end of the handshake is announced after the opening', t => {
  const { tcp, calls, stream } = open();
  tcp.options.onWritable(5000);
  tcp.come(HELLO, 0, 0, DATA, 0, 2, 7, 8);
  t.deepEqual(calls.slice(2), ['readable', 2]);
  t.deepEqual(new Uint8Array(stream.read(2) as ArrayBuffer), Uint8Array.of(7, 8));
  t.is(stream.read(1), undefined);
});

test('records are read in any pieces, one after the other, and the empty ones are skipped', t => {
  const { tcp, calls, clock, stream } = opened();
  tcp.come(DATA, 0, 0, DATA, 0, 3, 1, 2, 3, DATA, 0, 1, 4);
  t.deepEqual(calls, ['readable', 3]);
  t.deepEqual(new Uint8Array(stream.read(2) as ArrayBuffer), Uint8Array.of(1, 2));
  t.deepEqual(new Uint8Array(stream.read(1) as ArrayBuffer), Uint8Array.of(3));
  t.deepEqual(calls, ['readable', 3], 'not from within the call');
  clock.advance(0);
  t.deepEqual(calls, ['readable', 3, 'readable', 1]);
  t.deepEqual(new Uint8Array(stream.read(1) as ArrayBuffer), Uint8Array.of(4));
});

test('what is not read is left with TCP', t => {
  const { tcp } = opened();
  tcp.come(DATA, 0, 1, 1);
  for (let k = 0; k < 10; k++) tcp.come(DATA, 0, 1, 2);
  t.is(tcp.incoming.length, 40);
});

test('what is written goes in records of 2 KiB at most, and the room that is left is told', t => {
  const { tcp, stream } = opened();
  tcp.room = 5000;
  const room = stream.write(new Uint8Array(3000));
  t.is(tcp.written.length, 3000 + 2 * 3);
  t.deepEqual(tcp.written.slice(0, 3), [DATA, 8, 0]);
  t.is(room, 5000 - 3006 - 96);
});

test('whatever the session throws at the peer is "untrusted", and the end', t => {
  const before = open();
  before.tcp.options.onWritable(5000);
  before.tcp.come(EVIL, 0, 0);
  t.deepEqual(before.calls, ['error', 'untrusted']);
  t.true(before.tcp.isClosed);
  const after = opened();
  after.tcp.come(EVIL, 0, 0, DATA, 0, 1, 1);
  t.deepEqual(after.calls, ['error', 'untrusted']);
  const noAuthority = open(() => {
    throw new Error('authority: expected a certificate in PEM, got none');
  });
  noAuthority.tcp.options.onWritable(5000);
  t.deepEqual(noAuthority.calls, ['error', 'untrusted']);
  noAuthority.stream.close();
  noAuthority.tcp.come(1);
  noAuthority.tcp.options.onWritable(1);
  t.is(noAuthority.calls.length, 2, 'and the last');
});

test('a good-bye, or the end of TCP, is "closed"; of what was never connected TCP may say more', t => {
  const bye = opened();
  bye.tcp.come(BYE, 0, 0);
  t.deepEqual(bye.calls, ['error', 'closed']);
  const broken = opened();
  broken.tcp.options.onError();
  t.deepEqual(broken.calls, ['error', 'closed']);
  const refused = open();
  refused.tcp.options.onError();
  t.deepEqual(refused.calls, ['error', undefined]);
});

test('no handler is called after close', t => {
  const { stream, tcp, clock, calls } = opened();
  tcp.come(DATA, 0, 1, 1, DATA, 0, 1, 2);
  stream.read(1);
  stream.close();
  clock.advance(1000);
  tcp.come(3);
  t.deepEqual(calls, ['readable', 1]);
  t.true(tcp.isClosed);
});

test('the owner’s own exceptions are not taken for the peer’s', t => {
  const clock = new VirtualClock();
  const parts = { tcp: HandTcp, clock, createSession: () => new SketchSession() };
  new TlsStream(parts, {
    ...{ address: '10.0.0.1', port: 8883, host: 'broker' },
    onReadable: () => {},
    onWritable: () => {
      throw new Error('a mistake of ours');
    },
    onError: () => t.fail(),
  });
  HandTcp.last.options.onWritable(5000);
  t.throws(() => HandTcp.last.come(HELLO, 0, 0), { message: 'a mistake of ours' });
});
