import { once } from 'node:events';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { BrokerAuth } from '../../../simulator/broker/broker-auth';
import { serveBrokerAuth } from '../../../simulator/broker/broker-auth-server';
import { RefusalLog } from '../../../simulator/broker/refusal-log';
import { Failure } from '../../../simulator/errors';
import { crypto, REGISTRY } from '../../support/messages';

const auth = new BrokerAuth({
  domain: new SigningDomain(crypto, { chainId: 100, registry: REGISTRY }),
  ...{ names: ['broker'], now: () => 1_800_000_000, vhost: '/', meters: [] },
  gateway: { user: 'gateway', password: 'secret' },
  slot: async () => undefined,
});
const RIGHT = 'username=gateway&password=secret&client_id=g&vhost=/';
const HEAD = 'POST /user HTTP/1.1\r\nhost: x\r\n';

async function serve(t: ExecutionContext) {
  const refusals: string[] = [];
  const server = await serveBrokerAuth({
    ...{ host: '127.0.0.1', port: 0, auth },
    onRefusal: (refusal, question) => refusals.push(`${question} ${refusal}`),
  });
  t.teardown(() => server.close());
  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);
  const post = async (body: string, path = '/user') => {
    const response = await ask(path, { method: 'POST', body });
    return `${response.status} ${await response.text()}`;
  };
  return { port: server.port, refusals, ask, post };
}

/** What comes back until the other side ends the connection. */
async function exchange(port: number, ...pieces: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('error', () => {});
  socket.on('data', data => {
    heard += data;
  });
  for (const piece of pieces) socket.write(piece);
  await once(socket, 'close');
  return heard;
}

test('RabbitMQ is answered allow or deny', async t => {
  const { post, refusals } = await serve(t);
  t.is(await post(RIGHT), '200 allow');
  t.is(await post(RIGHT.replace('secret', 'guess')), '200 deny');
  t.is(await post('', '/topic'), '200 deny');
  t.deepEqual(refusals, ['user wrong-password', 'topic foreign']);
});

test('what is no question gets no answer', async t => {
  const { ask, post } = await serve(t);
  t.is((await ask(`/user?${RIGHT}`)).status, 404, 'a password has no place in an address');
  t.is((await ask('/user')).status, 405);
  t.is((await ask('/')).status, 404);
  t.is((await post(RIGHT, '/USER')).slice(0, 3), '404');
  t.is((await post(RIGHT, '//user')).slice(0, 3), '404');
});

test('more than 8 KB is not listened to, whether it was announced or not', async t => {
  const { port, post } = await serve(t);
  t.is(await post(RIGHT.padEnd(8192, '&')), '200 allow');
  t.is((await post(RIGHT.padEnd(8193, '&'))).slice(0, 3), '413');
  const chunk = `1000\r\n${'&'.repeat(4096)}\r\n`;
  const endless = await exchange(port, `${HEAD}transfer-encoding: chunked\r\n\r\n`, ...Array(50).fill(chunk));
  t.regex(endless, /^HTTP\/1.1 413 .*connection: close/is);
  t.is(await post(RIGHT), '200 allow');
});

test('who breaks off, stalls or talks nonsense takes nothing from others', async t => {
  const { port, post } = await serve(t);
  const broken = connect(port, '127.0.0.1');
  broken.write(`${HEAD}content-length: 100\r\n\r\nusername=`);
  await once(broken, 'connect');
  broken.destroy();
  t.regex(await exchange(port, '\x00\xff nonsense\r\n\r\n'), /^HTTP\/1.1 400 /);
  const stalled = ['', HEAD, `${HEAD}content-length: 100\r\n\r\nusername=`].map(piece =>
    exchange(port, piece),
  );
  t.is(await post(RIGHT), '200 allow');
  for (const heard of await Promise.all(stalled)) t.notRegex(heard, / 200 /);
  t.is(await post(RIGHT), '200 allow');
});

test('a port that is taken is said in one line', async t => {
  const { port } = await serve(t);
  const second = serveBrokerAuth({ host: '127.0.0.1', port, auth, onRefusal() {} });
  await t.throwsAsync(second, {
    instanceOf: Failure,
    message: `--listen: expected 127.0.0.1:${port} to be free, got EADDRINUSE`,
  });
});

test('a refusal is a line that tells who and what for, and never a password', t => {
  const lines: string[] = [];
  const log = new RefusalLog(
    line => lines.push(line),
    () => 0,
  );
  const form = { username: '0x1\r\n\u2028\u001b[2J', password: 'hidden', client_id: 'x'.repeat(500) };
  log.note('wrong-signature', 'user', new URLSearchParams(form));
  t.is(
    lines[0],
    '1970-01-01T00:00:00.000Z user-refused wrong-signature ' +
      `username="0x1\\r\\n\\u2028\\u001b[2J" client_id="${'x'.repeat(120)}"`,
  );
});

test('there are at most sixty lines in a minute, and the next tells how many more there were', t => {
  const lines: string[] = [];
  let now = 0;
  const log = new RefusalLog(
    line => lines.push(line),
    () => now,
  );
  const knock = () => log.note('malformed', 'user', new URLSearchParams());
  for (let k = 0; k < 100; k++) knock();
  t.is(lines.length, 60);
  now = 60_000;
  knock();
  t.deepEqual(lines.slice(60), [
    '1970-01-01T00:01:00.000Z 40 more lines in the minute before',
    '1970-01-01T00:01:00.000Z user-refused malformed',
  ]);
});
