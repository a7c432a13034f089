import test from 'ava';
import type { NetworkFault, Socket } from '../../../firmware/host';
import { type Stream, StreamNetwork, type StreamOptions } from '../../../hosts/esp32/network';
import { VirtualClock } from '../../../hosts/mock/clock';
import { RealClock } from '../../../hosts/node/clock';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { bytes, makeSession, until } from '../../support/session';
import { FakeTcp, fakeResolve } from './fake-tcp';

/** A stream that a test moves by hand. */
class ScriptedStream implements Stream {
  static made: ScriptedStream[] = [];
  readonly written: number[] = [];
  /** What `write` leaves room for; undefined: it throws. */
  room: number | undefined = 1000;
  isClosed = false;

  constructor(readonly options: StreamOptions) {
    ScriptedStream.made.push(this);
  }

  read(count: number): ArrayBuffer | undefined {
    return new ArrayBuffer(count);
  }

  write(part: Uint8Array): number {
    if (this.room === undefined) throw new Error('would block');
    this.written.push(...part);
    this.room -= part.length;
    return this.room;
  }

  close(): void {
    this.isClosed = true;
  }
}

interface Opened {
  readonly clock: VirtualClock;
  readonly socket: Socket;
  readonly calls: (string | number)[];
  readonly stream: () => ScriptedStream | undefined;
}

function open(
  options: { address?: string | null; Tcp?: typeof ScriptedStream; tls?: { authority: string } } = {},
): Opened {
  const { address = '10.0.0.1', Tcp = ScriptedStream, tls } = options;
  const clock = new VirtualClock();
  const calls: (string | number)[] = [];
  ScriptedStream.made = [];
  // knows at once, from within the call, as some resolvers do; or never
  const resolve = (_host: string, callback: (address: string | undefined) => void) => {
    if (address !== null) callback(address === '' ? undefined : address);
  };
  const socket = new StreamNetwork({ tcp: Tcp, tls: Tcp, resolve, clock }).open({
    host: 'broker.example',
    port: 1883,
    ...(tls && { tls }),
    onReadable: count => calls.push('readable', count),
    onWritable: count => calls.push('writable', count),
    onError: (fault: NetworkFault) => calls.push(fault),
  });
  return { clock, socket, calls, stream: () => ScriptedStream.made[0] };
}

test('nobody listens: refused; no such name: unresolved', async t => {
  const network = new StreamNetwork({
    ...{ tcp: FakeTcp, tls: FakeTcp, resolve: fakeResolve, clock: new RealClock() },
  });
  const faults: NetworkFault[] = [];
  const handlers = {
    onReadable: () => t.fail(),
    onWritable: () => t.fail(),
    onError: (fault: NetworkFault) => faults.push(fault),
  };
  network.open({ host: '127.0.0.1', port: await freePort(), ...handlers });
  await until('refused', () => faults.length === 1);
  network.open({ host: 'no.such.name', port: 1, ...handlers });
  await until('unresolved', () => faults.length === 2);
  t.deepEqual(faults, ['refused', 'unresolved']);
});

test('a name that nobody resolves, or a server that never answers, is a timeout', t => {
  for (const address of [null, '10.0.0.1']) {
    const { clock, calls, stream } = open({ address });
    clock.advance(24_999);
    t.deepEqual(calls, []);
    clock.advance(1);
    t.deepEqual(calls, ['timeout']);
    t.is(stream()?.isClosed, address === null ? undefined : true);
    t.is(clock.pending, 0);
  }
});

test('no handler is called from within open, even where all is known at once', t => {
  const { calls, clock } = open({ address: '' });
  t.deepEqual(calls, []);
  clock.advance(0);
  t.deepEqual(calls, ['unresolved']);
});

test('an address that is found after close opens nothing', t => {
  const { socket, clock, stream } = open();
  socket.close();
  clock.advance(60_000);
  t.is(stream(), undefined);
  t.is(clock.pending, 0);
});

test('a system without memory for a socket refuses', t => {
  class NoMemory extends ScriptedStream {
    constructor(options: StreamOptions) {
      super(options);
      throw new Error('no memory');
    }
  }
  const { calls, clock } = open({ Tcp: NoMemory });
  clock.advance(0);
  t.deepEqual(calls, ['refused']);
});

test('TLS is told the name and the authority', t => {
  const { clock, stream } = open({ tls: { authority: 'PEM' } });
  clock.advance(0);
  t.like(stream()?.options, { address: '10.0.0.1', port: 1883, host: 'broker.example', authority: 'PEM' });
});

test('what a stream throws ends it, in another turn', t => {
  const { socket, clock, calls, stream } = open();
  clock.advance(0);
  stream()?.options.onWritable(1000);
  const opened = stream() as ScriptedStream;
  opened.room = undefined;
  socket.write(Uint8Array.of(1));
  t.deepEqual(calls, ['writable', 4096]);
  clock.advance(0);
  t.deepEqual(calls, ['writable', 4096, 'closed']);
  t.true(opened.isClosed);
  t.is(socket.read(), undefined);
});

test('what the stream has no room for waits, and then leaves in the order', t => {
  const { socket, clock, calls, stream } = open();
  clock.advance(0);
  const opened = stream() as ScriptedStream;
  opened.room = 3;
  opened.options.onWritable(3);
  socket.write(Uint8Array.of(1, 2));
  socket.write(Uint8Array.of(3, 4, 5));
  t.deepEqual(opened.written, [1, 2, 3]);
  opened.room = 3;
  opened.options.onWritable(3);
  t.deepEqual(opened.written, [1, 2, 3, 4, 5]);
  t.deepEqual(calls, ['writable', 4096, 'writable', 4096]);
});

test('closed with bytes on their way: they get two seconds, and no handler is called', t => {
  const { socket, clock, calls, stream } = open();
  clock.advance(0);
  const opened = stream() as ScriptedStream;
  opened.room = 2;
  opened.options.onWritable(2);
  socket.write(Uint8Array.of(1, 2, 3));
  socket.close();
  opened.options.onReadable(10);
  opened.room = 2;
  opened.options.onWritable(1);
  t.deepEqual(opened.written, [1, 2, 3]);
  t.false(opened.isClosed, 'the last is not acknowledged');
  clock.advance(1999);
  t.false(opened.isClosed);
  clock.advance(1);
  t.true(opened.isClosed);
  t.deepEqual(calls, ['writable', 4096]);
});

test('closed with nothing on its way: at once', t => {
  const { socket, clock, stream } = open();
  clock.advance(0);
  stream()?.options.onWritable(1000);
  socket.close();
  t.true(stream()?.isClosed);
  t.is(clock.pending, 0);
});

test('mosquitto: a session publishes, is told, and takes leave', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.stop());
  const network = () =>
    new StreamNetwork({
      ...{ tcp: FakeTcp, tls: FakeTcp, resolve: fakeResolve, clock: new RealClock() },
    });
  const ports = () => ({ network: network(), clock: new RealClock() });
  const observer = makeSession(ports(), { port: broker.port, clientId: 'observer', subscriptions: ['up/#'] });
  observer.session.start();
  await until('the observer', () => observer.diary.online === 1);
  let acknowledged = 0;
  let next = 0;
  const send = () => {
    while (
      next < 50 &&
      session.publish(
        'up/many',
        bytes(`${next} `.repeat(100)),
        { qos: 1, retain: false },
        () => acknowledged++,
      )
    )
      next++;
  };
  const will = { topic: 'up/online', payload: bytes('false'), qos: 1, retain: true } as const;
  const meter = makeSession(ports(), { port: broker.port, will, onOnline: send, onDrain: send });
  const { session } = meter;
  session.start();
  await until('all acknowledged', () => acknowledged === 50);
  session.publish('up/online', bytes('bye'), { qos: 1, retain: true });
  session.stop();
  await until('the last word', () => observer.diary.messages.length === 51);
  t.deepEqual(
    observer.diary.messages.map(({ text }) => text.split(' ')[0]),
    [...Array.from({ length: 50 }, (_, k) => String(k)), 'bye'],
  );
  t.deepEqual(meter.diary.faults, []);
  observer.session.stop();
});
