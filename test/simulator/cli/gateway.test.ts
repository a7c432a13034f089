import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connect } from 'mqtt';
import { toHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { gatewayCommand } from '../../../simulator/cli/gateway';
import {
  ADMIN,
  ChainRig,
  chainTest,
  DEVICE,
  makeReadings,
  OWNER,
  sharedAnvil,
  UNIT,
} from '../../support/anvil';
import { ConsoleStandIn } from '../../support/console-stand-in';
import { envelopeOf } from '../../support/gateway';
import { M3ter, m3ter } from '../../support/m3ter';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { ed25519Key, PayloadMeter, publicKeyOf } from '../../support/payload-meter';
import { runCommand } from '../../support/run-command';
import { holdsSecret } from '../../support/secret-forms';
import { until } from '../../support/session';

const anvil = sharedAnvil();

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'm3ter-gateway-cli-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function file(path: string, content: string): string {
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const OPERATOR_KEY = '11'.repeat(32);
const SUBMITTER_KEY = '22'.repeat(32);
const secrets = [OPERATOR_KEY, SUBMITTER_KEY].map(hex => new Uint8Array(Buffer.from(hex, 'hex')));

chainTest(
  'a gateway credits, acknowledges and proves over mosquitto, tells how it fares, and ends on a signal',
  async t => {
    const path = folder(t);
    const broker = await startMosquitto();
    t.teardown(() => broker.kill());
    const adminKey = file(
      join(path, 'admin'),
      Buffer.from(ADMIN.getHdKey().privateKey as Uint8Array).toString('hex'),
    );
    const deployed = await m3ter('deploy', '--rpc', anvil().url, '--key', adminKey);
    t.is(deployed.code, 0, deployed.err);
    const deployment = JSON.parse(deployed.out);
    t.is(deployment.chainId, 31337);
    const rig = new ChainRig(anvil(), deployment);
    const m3terId = await rig.mint(DEVICE);
    await rig.done(rig.as(OWNER).protocol.write.setTariff([m3terId, UNIT]));
    const submitter = privateKeyToAccount(`0x${SUBMITTER_KEY}`);
    await rig.done(
      anvil()
        .as(ADMIN)
        .sendTransaction({ to: submitter.address, value: 10n ** 18n }),
    );
    const words = [
      ...['gateway', '--broker', `mqtt://127.0.0.1:${broker.port}`, '--rpc', anvil().url],
      ...['--deployment', file(join(path, 'deployment.json'), deployed.out)],
      ...[
        '--key',
        file(join(path, 'operator'), OPERATOR_KEY),
        '--submitter-key',
        file(join(path, 'payer'), SUBMITTER_KEY),
      ],
      ...[
        '--state',
        join(path, 'state'),
        '--confirmations',
        '1',
        '--longest-wait',
        '0',
        '--metrics',
        '0',
        '--page',
        '0',
        '--json',
      ],
    ];
    const gateway = new M3ter(words);
    await gateway.until('it sees the chain', () => gateway.out.includes('chain-reached'));
    const second = await m3ter(...words);
    t.regex(
      second.err,
      /^error: .*expected a state directory that nothing uses, but process \d+ has it open\n$/,
    );
    t.is(second.code, 1);
    const status = /http:\/\/127\.0\.0\.1:\d+/.exec(gateway.err)?.[0];
    await rig.fund(10n * UNIT);
    const { BUYER } = await import('../../support/anvil');
    await rig.done(rig.as(BUYER).protocol.write.pay([m3terId, 3n * UNIT]));
    const client = connect(`mqtt://127.0.0.1:${broker.port}`);
    t.teardown(() => client.endAsync(true));
    const topics: string[] = [];
    client.on('message', topic => topics.push(topic.split('/').at(-1) ?? ''));
    await client.subscribeAsync([`m3ter/31337/${m3terId}/credit`, `m3ter/31337/${m3terId}/acknowledged`], {
      qos: 1,
    });
    for (const reading of makeReadings(rig.domain, 3, { m3terId }))
      await client.publishAsync(`m3ter/31337/${m3terId}/reading`, Buffer.from(envelopeOf(reading)), {
        qos: 1,
      });
    await anvil().client.request({ method: 'anvil_mine', params: ['0x2'] } as never);
    await gateway.until('it has proved', () => gateway.out.includes('batch-mined'));
    await until(
      'credit and acknowledgement came',
      () => topics.includes('credit') && topics.includes('acknowledged'),
    );
    const health = await fetch(`${status}/health`);
    t.is(health.status, 200);
    t.like(await health.json(), { broker: true, chain: true, store: true });
    const metrics = await (await fetch(`${status}/metrics`)).text();
    t.regex(metrics, /m3ter_gateway_notices_total\{code="reading-verified"\} 3\n/);
    t.regex(metrics, /m3ter_gateway_acknowledgement_seconds_count [1-3]\n/);
    const page = /page on (http:\/\/127\.0\.0\.1:\d+\/)#([0-9a-f]{32})\n/.exec(gateway.err);
    t.regex(await (await fetch(page?.[1] ?? '')).text(), /<script type="module" src="\/page\.js">/);
    await broker.stop();
    await gateway.until('it misses the broker', () => gateway.out.includes('broker-failed'));
    t.is((await fetch(`${status}/health`)).status, 503);
    gateway.signal('SIGTERM');
    const { code, out, err } = await gateway.finished();
    t.is(code, 0, err);
    t.false(out.includes(page?.[2] ?? ''), "no page's token in the log");
    t.false(holdsSecret(out + err + metrics, secrets), 'no key in what it says');
  },
);

chainTest(
  'with --console a payload reaches the Console and its answer the meter, until a signal',
  async t => {
    const path = folder(t);
    const broker = await startMosquitto();
    t.teardown(() => broker.kill());
    const rig = await ChainRig.deploy(anvil());
    const { registry } = rig.as(ADMIN);
    await rig.done(registry.write.mint([OWNER.address]));
    await rig.done(registry.write.register([1n, toHex(publicKeyOf(ed25519Key(1)))]));
    const [mqttPort, grpcPort] = [await freePort(), await freePort()];
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const gateway = new M3ter([
      ...['gateway', '--broker', url, '--rpc', anvil().url, '--state', join(path, 'state')],
      ...['--deployment', file(join(path, 'deployment.json'), JSON.stringify(rig.deployment))],
      ...['--key', file(join(path, 'operator'), OPERATOR_KEY), '--json'],
      ...['--console', 'app', '--console-mqtt', `${mqttPort}`, '--console-grpc', `${grpcPort}`],
    ]);
    // the bridge opens its ports before the gateway looks at the chain
    await gateway.until('it is at work', () => gateway.out.includes('chain-reached'));
    const options = { mqtt: { port: mqttPort }, grpcPort, applicationId: 'app' };
    const console = await ConsoleStandIn.start(options);
    t.teardown(() => console.close());
    const client = connect(url);
    t.teardown(() => client.endAsync(true));
    const meter = await PayloadMeter.start(client, 1, anvil().id);
    await meter.say(0, 0, true);
    await until('the answer has come', () => meter.answers.length === 1);
    t.deepEqual(meter.answers, ['010000000000000000']);
    gateway.signal('SIGTERM');
    const { code, err } = await gateway.finished();
    t.is(code, 0, err);
  },
);

test('what is missing or wrong on the command line is said in one line', async t => {
  const path = folder(t);
  const key = file(join(path, 'key'), OPERATOR_KEY);
  const address = `0x${'ab'.repeat(20)}`;
  const contracts = ['--registry', address, '--protocol', address, '--proof', address];
  const base = [
    '--broker',
    'mqtt://127.0.0.1:9',
    '--rpc',
    'http://127.0.0.1:9',
    '--state',
    join(path, 'state'),
  ];
  const cases: [string[], RegExp][] = [
    [[...base, '--key', key], /^expected --deployment FILE or --registry ADDRESS, got neither$/],
    [[...base, ...contracts], /^expected --key FILE or \$M3TER_OPERATOR_KEY, got neither$/],
    [
      [...base, ...contracts, '--key', key, '--ca', key],
      /^--ca: expected a --broker of mqtts:\/\/, got mqtt:\/\/$/,
    ],
    [
      [...base, ...contracts, '--key', key],
      /^--rpc: expected a node that answers, or --chain-id N, got HTTP request failed/,
    ],
    [
      [...base, '--key', key, '--deployment', file(join(path, 'd'), '{"registry": "0x12"}')],
      /^deployment .*: expected addresses of registry, protocol and proof, got none at registry$/,
    ],
    [
      [...base, ...contracts, '--key', file(join(path, 'bad'), 'xyz')],
      /expected 64 hex digits, got 3 characters that are not$/,
    ],
    [[...base, '--max-gas-price', 'cheap'], /Expected Gwei, with at most nine decimals/],
    [[...base, '--prove', 'some'], /Allowed choices are all, latest/],
  ];
  for (const [words, expected] of cases) {
    const outcome = await runCommand(gatewayCommand, ...words);
    t.regex(outcome.error, expected);
    t.true(outcome.exitCode > 0);
  }
});
