import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import { Command } from 'commander';
import { Broker } from '../../../simulator/broker/broker';
import { type ConsoleOptions, consoleOptions, startConsole } from '../../../simulator/cli/gateway-console';
import { Failure, UsageError } from '../../../simulator/errors';
import { enqueue, enqueueClient } from '../../support/console-stand-in';

function parse(...args: string[]): ConsoleOptions {
  const command = consoleOptions(new Command('gateway'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts<ConsoleOptions>();
}

async function client(t: ExecutionContext) {
  const broker = await Broker.open();
  const made = broker.client('bridge');
  t.teardown(async () => {
    made.end(true);
    await broker.close();
  });
  return made;
}

const FREE = ['--console-mqtt', '0', '--console-grpc', '0'];

test('without --console there is no bridge', async t => {
  t.is(await startConsole(parse(), { client: await client(t), chainId: 100 }), undefined);
});

test('--console opens MQTT and gRPC on loopback, where the Console expects them unless told otherwise', async t => {
  const { consoleHost, consoleGrpc, consoleMqtt } = parse('--console', 'app');
  t.deepEqual([consoleHost, consoleGrpc, consoleMqtt], ['127.0.0.1', 8080, undefined]);
  const bridge = await startConsole(parse('--console', 'app', ...FREE), {
    client: await client(t),
    chainId: 100,
  });
  t.true((bridge?.mqttPort ?? 0) > 0 && (bridge?.grpcPort ?? 0) > 0);
  await bridge?.close();
});

test('the API token is read from a file, and never told', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-console-'));
  const [good, bad] = [join(folder, 'good'), join(folder, 'bad')];
  writeFileSync(good, 'the-token\n');
  writeFileSync(bad, 'two secrets');
  const parts = { client: await client(t), chainId: 100 };
  const start = (path: string) =>
    startConsole(parse('--console', 'app', ...FREE, '--console-token', path), parts);
  const refused = await t.throwsAsync(start(bad), { instanceOf: Failure });
  t.false(refused.message.includes('secrets'));
  await t.throwsAsync(start(join(folder, 'none')), { instanceOf: Failure, message: /ENOENT/ });
  const bridge = await start(good);
  const grpc = enqueueClient(bridge?.grpcPort ?? 0);
  t.is(await enqueue(grpc, {}), status.UNAUTHENTICATED);
  t.is(await enqueue(grpc, { token: 'the-token' }), status.NOT_FOUND);
  grpc.close();
  await bridge?.close();
});

test('a Console on another computer must have a token', async t => {
  const options = parse('--console', 'app', ...FREE, '--console-host', '0.0.0.0');
  await t.throwsAsync(startConsole(options, { client: await client(t), chainId: 100 }), {
    instanceOf: UsageError,
  });
});

test('a port that is taken ends the start with one line, and closes the other', async t => {
  const taken = createServer();
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const parts = { client: await client(t), chainId: 100 };
  for (const which of ['--console-mqtt', '--console-grpc']) {
    const options = parse('--console', 'app', ...FREE, which, `${port}`);
    const refused = await t.throwsAsync(startConsole(options, parts), { instanceOf: Failure });
    t.regex(refused.message, /^--console: [^\n]*$/);
  }
});

for (const args of [
  ['--console', 'a/b'],
  ['--console', ''],
  ['--console', 'app', '--console-mqtt', '65536'],
  ['--console', 'app', '--console-broker', 'http://host'],
  ['--console', 'app', '--console-broker', 'mqtt://host', '--console-mqtt', '1883'],
])
  test(`${args.join(' ')} is refused`, t => {
    t.throws(() => parse(...args));
  });
