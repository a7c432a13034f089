import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import type { Network, NetworkFault, Socket } from '../../firmware/host';
import { StreamNetwork } from '../../hosts/esp32/network';
import { MemoryNetwork } from '../../hosts/mock/network';
import { RealClock } from '../../hosts/node/clock';
import { NodeNetwork } from '../../hosts/node/network';
import { freePort } from '../support/mosquitto';
import { until } from '../support/session';
import { FakeTcp, fakeResolve } from './esp32/fake-tcp';

type Serve = (stream: Duplex) => void;

interface Setup {
  readonly network: Network;
  readonly port: number;
}

/** All networks keep the one contract. */
const networks: Readonly<Record<string, (t: ExecutionContext, serve: Serve) => Promise<Setup>>> = {
  async node(t, serve) {
    const { port } = await serveOnNode(t, serve);
    return { network: new NodeNetwork(), port };
  },
  /** The boards', on TCP as ECMA-419 has it. */
  async stream(t, serve) {
    const { port } = await serveOnNode(t, serve);
    const parts = { tcp: FakeTcp, tls: FakeTcp, resolve: fakeResolve, clock: new RealClock() };
    return { network: new StreamNetwork(parts), port };
  },
  async memory(_t, serve) {
    return { network: new MemoryNetwork(serve), port: 1 };
  },
};

async function serveOnNode(t: ExecutionContext, serve: Serve): Promise<{ readonly port: number }> {
  const server = createServer({ allowHalfOpen: true }, serve);
  const port = await freePort();
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { port };
}

/** Opens a socket that writes `outgoing` as it may and reads what comes, `limit` bytes at a time. */
function transfer({ network, port }: Setup, outgoing: Uint8Array, limit?: number) {
  const state = {
    received: [] as number[],
    isInCall: false,
    fault: undefined as NetworkFault | undefined,
    sent: 0,
  };
  const call = (action: () => void) => {
    if (state.isInCall) throw new Error('a handler was called from within a call');
    state.isInCall = true;
    action();
    state.isInCall = false;
  };
  const socket: Socket = network.open({
    host: '127.0.0.1',
    port,
    onReadable: () =>
      call(() => {
        for (let bytes = socket.read(limit); bytes !== undefined; bytes = socket.read(limit)) {
          if (limit !== undefined && bytes.length > limit) throw new Error('read more than the limit');
          for (const byte of bytes) state.received.push(byte);
        }
      }),
    onWritable: count =>
      call(() => {
        const part = outgoing.subarray(state.sent, state.sent + count);
        if (part.length > 0) socket.write(part);
        state.sent += part.length;
      }),
    onError: fault => {
      state.fault = fault;
    },
  });
  return { socket, state };
}

const plenty = Uint8Array.from({ length: 300_000 }, (_, k) => (k * 31) >> 3);

for (const [name, setUp] of Object.entries(networks)) {
  test(`${name}: what is sent comes back from an echo whole and in order, read in any pieces`, async t => {
    const setup = await setUp(t, stream => stream.pipe(stream));
    for (const limit of [undefined, 1000]) {
      const { socket, state } = transfer(setup, plenty, limit);
      await until('all came back', () => state.received.length === plenty.length);
      t.deepEqual(Uint8Array.from(state.received), plenty);
      socket.close();
    }
  });

  test(`${name}: what came before the end is announced before it, and the end is "closed"`, async t => {
    const setup = await setUp(t, stream => stream.end(plenty));
    const { state } = transfer(setup, Uint8Array.of());
    await until('the end', () => state.fault !== undefined);
    t.is(state.fault, 'closed');
    t.deepEqual(Uint8Array.from(state.received), plenty);
  });

  test(`${name}: what was written before close reaches the server, then the end, and no handler is called`, async t => {
    let received = 0;
    let isEnded = false;
    const setup = await setUp(t, stream => {
      stream.on('data', chunk => {
        received += chunk.length;
        stream.write('an answer nobody reads');
      });
      stream.on('end', () => {
        isEnded = true;
        stream.end();
      });
    });
    const { socket, state } = transfer(setup, new Uint8Array(5000));
    await until('written', () => state.sent === 5000);
    socket.close();
    const before = structuredClone(state);
    await until('the end', () => isEnded);
    t.is(received, 5000);
    t.deepEqual(state, before);
    t.notThrows(() => socket.close());
  });

  test(`${name}: more than may be written is misuse, and what is not read is held back at its source`, async t => {
    let written = 0;
    const setup = await setUp(t, stream => {
      stream.on('error', () => {});
      stream.on('drain', write);
      function write() {
        while (stream.write(new Uint8Array(1000))) written += 1000;
      }
      write();
    });
    let announced = 0;
    let isTold = false;
    const socket = setup.network.open({
      host: '127.0.0.1',
      port: setup.port,
      onReadable: count => {
        announced = count;
      },
      onWritable: count => {
        if (isTold) return;
        isTold = true;
        socket.write(Uint8Array.of(1));
        t.throws(() => socket.write(new Uint8Array(count)), {
          message: /expected at most \d+ bytes, got \d+/,
        });
      },
      onError: () => {},
    });
    await until('some came', () => announced >= 16384);
    let last = -1;
    await until('no more came', () => {
      const isStill = written === last;
      last = written;
      return isStill;
    });
    t.true(announced < 200_000, `${announced} wait in the socket`);
    socket.close();
  });
}

test('node: nobody listens: refused; no such name: unresolved', async t => {
  const setup = { network: new NodeNetwork(), port: await freePort() };
  const refused = transfer(setup, Uint8Array.of());
  await until('refused', () => refused.state.fault !== undefined);
  t.is(refused.state.fault, 'refused');
  let fault: NetworkFault | undefined;
  const onError = (reason: NetworkFault) => {
    fault = reason;
  };
  const handlers = { onReadable: () => t.fail(), onWritable: () => t.fail(), onError };
  // a label that is too long for DNS: no server is asked
  setup.network.open({ host: 'x'.repeat(64), port: 1, ...handlers });
  await until('unresolved', () => fault !== undefined);
  t.is(fault, 'unresolved');
});

test('node: a server that accepts and then says nothing to TLS is given up', async t => {
  const { port } = await (networks.node as NonNullable<typeof networks.node>)(t, stream => {
    stream.resume();
    stream.on('end', () => stream.end());
    stream.on('error', () => {});
  });
  let fault: NetworkFault | undefined;
  new NodeNetwork({ connectTimeout: 50 }).open({
    host: 'localhost',
    port,
    tls: {},
    onReadable: () => t.fail(),
    onWritable: () => t.fail(),
    onError: reason => {
      fault = reason;
    },
  });
  await until('given up', () => fault !== undefined);
  t.is(fault, 'timeout');
});

test('memory: cut off, what is open dies on both sides, what is tried is refused; restored, it works again', async t => {
  const streams: Duplex[] = [];
  const network = new MemoryNetwork(stream => {
    stream.on('error', () => {});
    streams.push(stream.resume());
  });
  const before = transfer({ network, port: 1 }, Uint8Array.of(1));
  await network.settled();
  t.is(network.connections, 1);
  network.online = false;
  const during = transfer({ network, port: 1 }, Uint8Array.of(1));
  t.is(before.state.fault, undefined, 'not from within the call');
  await network.settled();
  t.deepEqual([before.state.fault, during.state.fault], ['closed', 'refused']);
  t.true(streams[0]?.destroyed);
  t.deepEqual([streams.length, network.connections], [1, 0]);
  network.online = true;
  const after = transfer({ network, port: 1 }, Uint8Array.of(1));
  await network.settled();
  t.deepEqual([after.state.fault, after.state.sent], [undefined, 1]);
});

test('memory: settled waits for a conversation that goes on by itself', async t => {
  let turns = 0;
  const network = new MemoryNetwork(stream => {
    stream.on('data', chunk => {
      turns++;
      if (turns < 50) setImmediate(() => setImmediate(() => stream.write(chunk)));
    });
  });
  const socket: Socket = network.open({
    host: 'anywhere',
    port: 1,
    onReadable: () => socket.write(socket.read() as Uint8Array),
    onWritable: count => {
      if (turns === 0 && count > 0) socket.write(Uint8Array.of(1));
    },
    onError: () => t.fail(),
  });
  await network.settled();
  t.is(turns, 50);
  t.true(network.traffic >= 99);
});
