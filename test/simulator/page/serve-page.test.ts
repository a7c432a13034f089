import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { Failure } from '../../../simulator/errors';
import type { Reply } from '../../../simulator/page/messages';
import { bundlePage } from '../../../simulator/page/page-bundle';
import { PageFeed } from '../../../simulator/page/page-feed';
import { PageGuard } from '../../../simulator/page/page-guard';
import type { PageSource } from '../../../simulator/page/page-source';
import { type PageServer, servePage } from '../../../simulator/page/serve-page';
import { FakeSource } from './fake-source';

// Else each test would make the page at the same time.
test.before(() => bundlePage());

interface Rig {
  readonly source: FakeSource;
  readonly server: PageServer;
  readonly port: number;
  readonly token: string;
}

async function open(t: ExecutionContext, names: readonly string[] = ['a', 'b']): Promise<Rig> {
  const source = new FakeSource(names);
  const server = await servePage(source);
  t.teardown(() => server.close());
  const { port, hash } = new URL(server.url);
  return { source, server, port: Number(port), token: hash.slice(1) };
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

function ask(
  { port }: Rig,
  { path = '/', method = 'GET', headers = {} }: Asked = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      response => {
        response.resume();
        resolve(response);
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** A page's end of the connection. */
class Peer {
  readonly replies: Reply[] = [];
  readonly socket: WebSocket;
  /** The code that it was closed with. */
  readonly closed: Promise<number>;
  /** The same, or that it was let in. */
  readonly answered: Promise<number | 'open'>;
  #waiting: (() => void) | undefined;

  constructor({ port }: Rig, headers: Record<string, string> = {}) {
    const origin = `http://127.0.0.1:${port}`;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/live`, { headers: { origin, ...headers } });
    this.socket.on('message', data => {
      this.replies.push(JSON.parse(data.toString()));
      this.#waiting?.();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise(resolve => this.socket.on('close', resolve));
    const opened = new Promise<'open'>(resolve => this.socket.on('open', () => resolve('open')));
    this.answered = Promise.race([this.closed, opened]);
  }

  async say(...messages: readonly unknown[]): Promise<void> {
    if (this.socket.readyState === WebSocket.CONNECTING)
      await new Promise(resolve => this.socket.once('open', resolve));
    for (const message of messages)
      this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first reply, come or to come, that is so. */
  async until<Wanted extends Reply>(is: (reply: Reply) => reply is Wanted): Promise<Wanted>;
  async until(is: (reply: Reply) => boolean): Promise<Reply>;
  async until(is: (reply: Reply) => boolean): Promise<Reply> {
    for (;;) {
      const found = this.replies.find(is);
      if (found !== undefined) return found;
      await new Promise<void>(resolve => {
        this.#waiting = resolve;
      });
    }
  }
}

const isAnswer = (reply: Reply) => reply.type === 'answer';
const isWelcome = (reply: Reply) => reply.type === 'welcome';
const isUpdate = (reply: Reply) => reply.type === 'update';

test('every answer forbids what does not come from this server', async t => {
  const rig = await open(t);
  for (const path of ['/', '/page.js', '/page.css', '/nowhere', '/../package.json']) {
    const { headers } = await ask(rig, { path });
    t.is(
      headers['content-security-policy'],
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      path,
    );
    t.deepEqual(
      [headers['x-content-type-options'], headers['referrer-policy'], headers['cache-control']],
      ['nosniff', 'no-referrer', 'no-store'],
      path,
    );
  }
});

test('the page is there, and nothing else, and only to be read', async t => {
  const rig = await open(t);
  const type = async (path: string) => (await ask(rig, { path })).headers['content-type'];
  t.is(await type('/'), 'text/html; charset=utf-8');
  t.is(await type('/page.js'), 'text/javascript; charset=utf-8');
  t.is(await type('/page.css'), 'text/css; charset=utf-8');
  const status = async (asked: Asked) => (await ask(rig, asked)).statusCode;
  t.is(await status({ path: '/?x=1' }), 200);
  for (const path of ['/package.json', '/../package.json', '/live', '//', '/%00'])
    t.is(await status({ path }), 404, path);
  t.is(await status({ method: 'POST' }), 405);
});

test('the page has no inline script and no inline style', async t => {
  const rig = await open(t);
  const html = await (await fetch(`http://127.0.0.1:${rig.port}/`)).text();
  t.notRegex(html, /<script(?![^>]*\bsrc=)/);
  t.notRegex(html, /<style|\sstyle=|\son[a-z]+=|https?:/);
});

test('another name for this address is turned away: DNS rebinding', async t => {
  const rig = await open(t);
  const status = async (host: string) => (await ask(rig, { headers: { host } })).statusCode;
  t.is(await status(`127.0.0.1:${rig.port}`), 200);
  t.is(await status(`LOCALHOST:${rig.port}`), 200);
  for (const host of ['evil.example', `evil.example:${rig.port}`, '127.0.0.1', `127.0.0.1:${rig.port + 1}`])
    t.is(await status(host), 421, host);
});

test("another site's page gets no connection", async t => {
  const rig = await open(t);
  const own = `http://127.0.0.1:${rig.port}`;
  for (const origin of [
    'http://evil.example',
    'null',
    `https://127.0.0.1:${rig.port}`,
    `${own}.evil.example`,
  ])
    t.is(await new Peer(rig, { origin }).answered, 1006, origin);
  t.is(await new Peer(rig, { origin: 'http://evil.example', host: 'evil.example' }).answered, 1006);
  const without = new WebSocket(`ws://127.0.0.1:${rig.port}/live`);
  without.on('error', () => {});
  const answered = new Promise(resolve => {
    without.on('open', () => resolve('open'));
    without.on('close', resolve);
  });
  t.is(await answered, 1006);
});

test('without the token one may look and not act', async t => {
  const rig = await open(t);
  for (const token of ['', 'x', rig.token.slice(1), `${rig.token} `]) {
    const peer = new Peer(rig);
    await peer.say({ type: 'hello', token }, { type: 'act', action: { kind: 'pause', on: true } });
    t.like(await peer.until(isWelcome), { mayAct: false });
    t.like(await peer.until(isAnswer), { ok: false });
    t.like(await peer.until(isUpdate), { meter: { m3terId: '1' } });
    peer.socket.close();
  }
  t.deepEqual(rig.source.acts, []);
});

test('nobody may act before saying hello', async t => {
  const rig = await open(t);
  const peer = new Peer(rig);
  await peer.say({ type: 'act', action: { kind: 'pause', on: true } });
  t.like(await peer.until(isAnswer), { ok: false });
  t.deepEqual(rig.source.acts, []);
});

test('with the token one acts, and hears how it went', async t => {
  const rig = await open(t);
  const peer = new Peer(rig);
  const pay = { kind: 'pay', m3terId: '1', amount: 1 };
  await peer.say({ type: 'hello', token: rig.token }, { type: 'act', action: pay });
  t.like(await peer.until(isWelcome), { mayAct: true });
  t.deepEqual(await peer.until(isAnswer), { type: 'answer', ok: true, text: 'done' });
  await peer.say({ type: 'act', action: { kind: 'ask', m3terId: '1' } });
  const refused = await peer.until(reply => reply.type === 'answer' && !reply.ok);
  t.deepEqual(refused, { type: 'answer', ok: false, text: 'nobody there' });
  t.deepEqual(
    rig.source.acts.map(({ kind }) => kind),
    ['pay', 'ask'],
  );
});

test('it has the names of this computer only, with the port unless that is what HTTP takes by itself', t => {
  const at = (host: string, port: number, origin = `http://${host}`) => {
    const request = { headers: { host, origin } } as IncomingMessage;
    const guard = new PageGuard(port, 'token');
    return [guard.isHostOurs(request), guard.isOriginOurs(request)];
  };
  for (const name of ['127.0.0.1', 'localhost']) {
    t.deepEqual(at(`${name}:8080`, 8080), [true, true]);
    t.deepEqual(at(name, 8080), [false, false]);
    t.deepEqual(
      [at(name, 80), at(`${name}:80`, 80)],
      [
        [true, true],
        [true, true],
      ],
    );
  }
  // nobody listens there, or somebody else does
  t.deepEqual(at('[::1]:8080', 8080), [false, false]);
  t.deepEqual(at('localhost:8080', 8080, 'http://127.0.0.1:8080'), [true, false]);
});

test('two runs have two tokens', async t => {
  const [one, other] = [await open(t), await open(t)];
  t.regex(one.token, /^[0-9a-f]{32}$/);
  t.not(one.token, other.token);
});

test('what is no request ends the connection, and nothing else', async t => {
  const rig = await open(t);
  const hello = { type: 'hello', token: rig.token };
  const garbage = [
    'x',
    '',
    '[]',
    'null',
    '{"__proto__":{"type":"hello"}}',
    { type: 'hello' },
    { ...hello, more: 1 },
    { type: 'act', action: { kind: 'pay', m3terId: '1', amount: -1 } },
    { type: 'act', action: { kind: 'pay', m3terId: '1', amount: '1' } },
    { type: 'act', action: { kind: 'pay', m3terId: '../1', amount: 1 } },
    { type: 'act', action: { kind: 'constructor' } },
  ];
  for (const message of garbage) {
    const peer = new Peer(rig);
    await peer.say(hello, message);
    t.is(await peer.closed, 1003, JSON.stringify(message));
  }
  const peer = new Peer(rig);
  await peer.say(hello);
  peer.socket.send(new Uint8Array(10));
  t.is(await peer.closed, 1003, 'binary');
  t.deepEqual(rig.source.acts, []);
  t.is((await ask(rig)).statusCode, 200);
});

test('whatever JSON comes, the server goes on', async t => {
  const rig = await open(t);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async message => {
      const peer = new Peer(rig);
      await peer.say(message as object);
      t.is(await peer.closed, 1003);
    }),
    { numRuns: 60 },
  );
  t.is((await ask(rig)).statusCode, 200);
});

test('a message that is too long, and too many of them, end the connection', async t => {
  const rig = await open(t);
  const long = new Peer(rig);
  await long.say({ type: 'hello', token: 'x'.repeat(3000) });
  t.is(await long.closed, 1009);
  const many = new Peer(rig);
  await many.say(...Array.from({ length: 200 }, () => ({ type: 'show', m3terId: '1' })));
  t.is(await many.closed, 1008);
  t.is((await ask(rig)).statusCode, 200);
});

test('so many pages at once, and no more', async t => {
  const rig = await open(t);
  const peers = Array.from({ length: 17 }, () => new Peer(rig));
  t.is(await Promise.race(peers.map(({ closed }) => closed)), 1013);
  for (const { socket } of peers) socket.close();
});

test('a page is shown the meter that it asks for, and no other', async t => {
  const rig = await open(t);
  const peer = new Peer(rig);
  await peer.say(
    { type: 'hello', token: '' },
    { type: 'show', m3terId: '9' },
    { type: 'show', m3terId: '2' },
  );
  const update = await peer.until(reply => reply.type === 'update' && reply.meter?.m3terId === '2');
  t.like(update, { meter: { name: 'b' }, recent: { from: 0, samples: [[1000, 100, 0, 230, 1e6]] } });
  t.false(peer.replies.some(reply => reply.type === 'update' && !reply.meter && !reply.change));
});

test('a page that was opened before there was a meter shows the first that comes', async t => {
  const rig = await open(t, []);
  const peer = new Peer(rig);
  await peer.say({ type: 'hello', token: '' });
  await peer.until(({ type }) => type === 'update');
  rig.source.add('first');
  const shown = await peer.until(reply => reply.type === 'update' && reply.meter !== undefined);
  t.like(shown, { meter: { name: 'first' } });
});

test('of the list, only what has changed is told again', async t => {
  const rig = await open(t, ['a', 'b', 'c']);
  const peer = new Peer(rig);
  await peer.say({ type: 'hello', token: '' });
  const hasRows = (length: number) => (reply: Reply) =>
    reply.type === 'update' && reply.rows?.length === length;
  await peer.until(hasRows(3));
  rig.source.change('2', { closed: false });
  t.like(await peer.until(hasRows(1)), { rows: [{ m3terId: '2', closed: false }] });
  t.is(peer.replies.filter(reply => reply.type === 'update' && reply.rows !== undefined).length, 2);
});

test('a port that is taken is a failure that names it', async t => {
  const rig = await open(t);
  await t.throwsAsync(servePage(rig.source, { port: rig.port }), {
    instanceOf: Failure,
    message: `page: expected 127.0.0.1:${rig.port} to be free to listen on, got EADDRINUSE`,
  });
});

/** An upgrade as raw bytes, so that the connection can be ended in ways in which no client of WebSockets does. */
async function upgrade({ port }: Rig, origin: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const lines = [
    'GET /live HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    `Origin: ${origin}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

test('who is turned away and breaks the connection off at once does not end the server', async t => {
  const rig = await open(t);
  for (const origin of ['http://evil.example', `http://127.0.0.1:${rig.port}`])
    for (let attempt = 0; attempt < 150; attempt++) {
      const socket = await upgrade(rig, origin);
      const isClosed = new Promise(resolve => socket.once('close', resolve));
      // sooner or later, so that some are met in the middle of the answer
      if (attempt % 2 === 0) await new Promise(resolve => setImmediate(resolve));
      socket.resetAndDestroy();
      await isClosed;
    }
  t.is((await ask(rig)).statusCode, 200);
});

test('who is turned away and does not hang up keeps no connection open', async t => {
  const rig = await open(t);
  const socket = await upgrade(rig, 'http://evil.example');
  socket.resume();
  await once(socket, 'end');
  // half-open it would take whatever is said
  const isClosed = new Promise(resolve => socket.once('close', resolve));
  const nag = setInterval(() => socket.write('x'), 10);
  await isClosed;
  clearInterval(nag);
  t.pass();
});

test('what comes after something that is no request is not obeyed', async t => {
  const rig = await open(t);
  const peer = new Peer(rig);
  const act = { type: 'act', action: { kind: 'pause', on: true } };
  await peer.say({ type: 'hello', token: rig.token }, 'garbage', act, act);
  t.is(await peer.closed, 1003);
  t.deepEqual(rig.source.acts, []);
});

/** The server's end of a connection, and a feed over it that is told of updates by the test. */
async function openFeed(t: ExecutionContext, source: PageSource) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.teardown(() => {
    client.terminate();
    server.close();
  });
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [
    [WebSocket],
    unknown,
  ];
  const closed = once(socket, 'close');
  return { feed: new PageFeed(socket, source, () => false), socket, client, closed };
}

test('a page that takes nothing any more is let go after half a minute of updates', async t => {
  const source = new FakeSource(['a']);
  const { feed, socket, client, closed } = await openFeed(t, source);
  client.pause();
  client.send(JSON.stringify({ type: 'hello', token: '' }));
  for (let k = 0; socket.bufferedAmount < 1_000_000; k++) {
    source.change('1', { name: `${k % 10}`.repeat(1_000_000) });
    feed.update();
    await new Promise(resolve => setImmediate(resolve));
  }
  for (let missed = 0; missed < 299; missed++) feed.update();
  t.is(socket.readyState, WebSocket.OPEN, 'it may be slow');
  for (let missed = 0; missed < 5; missed++) feed.update();
  await closed;
  t.not(socket.readyState, WebSocket.OPEN);
});

test('a page that keeps up stays, and one that never says hello is let go', async t => {
  const kept = await openFeed(t, new FakeSource(['a']));
  kept.client.send(JSON.stringify({ type: 'hello', token: '' }));
  await once(kept.client, 'message');
  for (let update = 0; update < 1000; update++) {
    kept.feed.update();
    if (update % 20 === 0) await new Promise(resolve => setImmediate(resolve));
  }
  t.is(kept.socket.readyState, WebSocket.OPEN);
  const silent = await openFeed(t, new FakeSource(['a']));
  for (let update = 0; update < 300; update++) silent.feed.update();
  await silent.closed;
  t.not(silent.socket.readyState, WebSocket.OPEN);
});
