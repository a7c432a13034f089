import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Client } from 'aedes';
import test, { type ExecutionContext } from 'ava';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { hexToBytes } from 'viem';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import { DIRECTIVES } from '../../firmware/directives/directive';
import { brokerLogin } from '../../firmware/link/broker-login';
import { accessHooks } from '../../simulator/broker/broker-access';
import { anvilAccount, anvilPath, startAnvil } from '../../simulator/chain/anvil';
import { addressCommand } from '../../simulator/cli/address';
import { brokerAclCommand } from '../../simulator/cli/broker-acl';
import { brokerAuthCommand } from '../../simulator/cli/broker-auth';
import { chainCommand } from '../../simulator/cli/chain';
import { gatewayCommand } from '../../simulator/cli/gateway';
import { deployCommand } from '../../simulator/cli/gateway-deploy';
import { policyCommand } from '../../simulator/cli/policy';
import { provisionCommand } from '../../simulator/cli/provision';
import { GatewayMetrics } from '../../simulator/gateway/gateway-metrics';
import { crypto, key } from '../support/messages';
import { freePort, startMosquitto } from '../support/mosquitto';
import { until } from '../support/session';
import { blockOf, codesIn, folderFor, readDocument, runSession, shell, stepsOf, tableOf } from './document';

const DOCUMENT = readDocument('gateway.md');
const STEPS = stepsOf(DOCUMENT);
const REGISTRY = '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02';
/** Those that make certificates are run where these are needed. */
const isOfCertificates = ({ command }: { readonly command: string }) => command.includes('openssl req');
/** What mosquitto lets a meter do, as a command prints it. */
const METERS_ACL = STEPS.find(({ command }) => command.includes('broker-acl --chain-id'))?.output ?? '';

(anvilPath() === undefined ? test.skip : test)(
  'the trial run of docs/gateway.md goes as it says',
  async t => {
    const [anvil, broker] = await Promise.all([startAnvil(), startMosquitto()]);
    const [metrics, auth] = [await freePort(), await freePort()];
    t.teardown(() => Promise.all([anvil.stop(), broker.stop()]));
    const folder = folderFor(t);
    for (const [k, name] of ['admin', 'submitter', 'seller', 'tenant'].entries())
      writeFileSync(join(folder, `${name}.key`), toHex(anvilAccount(k).getHdKey().privateKey as Uint8Array));
    const change = (text: string) =>
      text
        .replaceAll('http://127.0.0.1:8545', anvil.url)
        .replaceAll('127.0.0.1:1883', `127.0.0.1:${broker.port}`)
        .replace(/\b9464\b/g, `${metrics}`)
        .replace(/\b8009\b/g, `${auth}`);
    await runSession(
      t,
      folder,
      STEPS.filter(step => !isOfCertificates(step)),
      change,
    );
  },
);

test('mosquitto, set up as documented, lets a meter at its own topics and the gateway at all', async t => {
  const { folder, port, gatewayPort, ca } = await startDocumented(t);
  const [, address = ''] = /^user (0x\w+)/.exec(METERS_ACL) ?? [];
  const server = { host: '127.0.0.1', protocol: 'mqtts', ca, servername: 'broker.example' } as const;
  const file = (name: string) => readFileSync(join(folder, name));
  const identity = { cert: file('gateway.pem'), key: file('gateway.key') };
  const gateway = await client(t, { ...server, ...identity, port: gatewayPort });
  const heard: string[] = [];
  gateway.on('message', topic => heard.push(topic));
  await gateway.subscribeAsync('m3ter/#', { qos: 1 });
  const meter = await client(t, { ...server, port, username: address, password: 'whatever' });
  for (const topic of ['m3ter/100/7/credit', 'm3ter/100/8/reading', 'm3ter/100/7/reading'])
    await meter.publishAsync(topic, 'x', { qos: 1 });
  const told = new Promise(done => meter.once('message', done));
  await meter.subscribeAsync(['m3ter/100/7/credit', 'm3ter/100/8/credit'], { qos: 1 });
  for (const topic of ['m3ter/100/8/credit', 'm3ter/100/7/credit'])
    await gateway.publishAsync(topic, 'y', { qos: 1 });
  t.is(await told, 'm3ter/100/7/credit');
  t.deepEqual(heard, ['m3ter/100/7/reading', 'm3ter/100/8/credit', 'm3ter/100/7/credit']);
  await t.throwsAsync(client(t, { ...server, port: gatewayPort }));
});

test('mosquitto, set up as documented, sends a gateway more than it has confirmed', async t => {
  const { folder, gatewayPort, ca } = await startDocumented(t);
  const file = (name: string) => readFileSync(join(folder, name));
  const server = { host: '127.0.0.1', protocol: 'mqtts', ca, servername: 'broker.example' } as const;
  const identity = { cert: file('gateway.pem'), key: file('gateway.key'), port: gatewayPort };
  const [gateway, sender] = [
    await client(t, { ...server, ...identity }),
    await client(t, { ...server, ...identity }),
  ];
  let heard = 0;
  // as the gateway does, which confirms later
  gateway.handleMessage = (_packet, done) => {
    heard++;
    done(new Error('confirmed later'));
  };
  await gateway.subscribeAsync('m3ter/#', { qos: 1 });
  for (let k = 0; k < 30; k++) await sender.publishAsync('m3ter/100/7/reading', `${k}`, { qos: 1 });
  await until('all has come', () => heard === 30);
  t.pass();
});

test('a meter gets by the documented rules at the topics that it needs, as it does at our own broker', t => {
  const rules = [...METERS_ACL.matchAll(/^topic (\w+) (\S+)$/gm)];
  const domain = new SigningDomain(crypto, { chainId: 100, registry: hexToBytes(REGISTRY) });
  const now = 1_800_000_000;
  const { authenticate, authorizePublish, authorizeSubscribe } = accessHooks({
    logins: { domain, names: ['broker.example'], now: () => now, isLinked: () => true },
  });
  const device = key(3);
  const { username, password } = brokerLogin(domain, device, 7n, 'broker.example', now);
  const meter = { id: `m3ter-7-${toHex(device.address)}` } as Client;
  authenticate(meter, username, Buffer.from(password), (_error, isWelcome) => t.true(isWelcome));
  const allowed: string[] = [];
  for (const topic of new Set(rules.map(([, , name = '']) => name))) {
    const packet = { topic } as Parameters<typeof authorizePublish>[1];
    authorizePublish(meter, packet, error => error ?? allowed.push(`write ${topic}`));
    const subscription = { topic } as Parameters<typeof authorizeSubscribe>[1];
    authorizeSubscribe(meter, subscription, (_error, granted) => granted && allowed.push(`read ${topic}`));
  }
  t.deepEqual(
    rules.map(([, way, topic]) => `${way} ${topic}`),
    allowed,
  );
  t.deepEqual(
    allowed
      .filter(rule => rule.startsWith('read m3ter'))
      .map(rule => rule.split('/')[3])
      .toSorted(),
    [...Object.keys(DIRECTIVES), 'answer'].toSorted(),
  );
});

test('the table of refusals has each that there is', t => {
  const union = (path: string, name: string) => {
    const [, members = ''] =
      new RegExp(`export type ${name} =([^;]*);`).exec(readFileSync(path, 'utf8')) ?? [];
    return [...members.matchAll(/'([^']+)'/g)].map(([, code]) => code);
  };
  t.deepEqual(
    tableOf(DOCUMENT, 'Who is refused, and why').map(([cell = '']) => codesIn(cell)[0]),
    [
      ...union('simulator/broker/broker-login.ts', 'LoginFault'),
      ...union('simulator/broker/broker-auth.ts', 'Refusal'),
    ],
  );
});

const ANALYZE = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find(existsSync);
(ANALYZE === undefined ? test.skip : test)('systemd takes the documented unit', async t => {
  const folder = folderFor(t);
  const unit = join(folder, 'm3ter-gateway.service');
  // of a user, a folder and a program that are not here
  const text = blockOf(DOCUMENT, 'ini')
    .replace('/usr/bin/node', process.execPath)
    .replace('/opt/m3ter', '/tmp');
  writeFileSync(unit, text);
  const { stderr } = await promisify(execFile)(ANALYZE as string, ['verify', unit]);
  t.notRegex(stderr, /m3ter-gateway/);
});

test('the options that are named are those of the commands', t => {
  const commands = [gatewayCommand(), deployCommand(), policyCommand(), provisionCommand()].concat(
    brokerAclCommand(),
    brokerAuthCommand(),
    addressCommand(),
    chainCommand().commands,
  );
  const known = commands.flatMap(command => command.options.map(({ long }) => long));
  const text = DOCUMENT.replace(/^```console[\s\S]*?^```$/gm, '');
  for (const [option] of text.matchAll(/(?<=[\s`])--[a-z]+(?:-[a-z]+)*/g))
    t.true(known.includes(option), option);
});

test('the table of metrics has each that is served, and the alerts are about these', async t => {
  const { registry } = new GatewayMetrics(() => undefined);
  const served = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('m3ter_'));
  const documented = tableOf(DOCUMENT, 'Monitoring').map(([name = '', kind = '']) => [
    codesIn(name)[0],
    kind.split(',')[0],
  ]);
  t.deepEqual(
    documented,
    served.map(({ name, type }) => [name, type as unknown as string]),
  );
  const names = documented.map(([name]) => name);
  for (const [name] of blockOf(DOCUMENT, 'yaml').matchAll(/m3ter_gateway_\w+/g))
    t.true(names.includes(name), name);
});

test('the table of notices has each that there is', t => {
  const source = readFileSync('simulator/gateway/notice.ts', 'utf8');
  const codes = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code]) => code);
  t.deepEqual(
    tableOf(DOCUMENT, 'Notices, and what to do').map(([cell = '']) => codesIn(cell)[0]),
    codes,
  );
});

/** The broker of the document, on ports of its own, with certificates made as the document says. */
async function startDocumented(t: ExecutionContext) {
  const folder = folderFor(t);
  for (const { command } of STEPS.filter(isOfCertificates)) t.is(await shell(command, folder), '');
  writeFileSync(join(folder, 'meters.acl'), METERS_ACL);
  writeFileSync(join(folder, 'gateway.acl'), blockOf(DOCUMENT, 'acl gateway'));
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const text = blockOf(DOCUMENT, 'conf')
    .replace(/listener 8883/, `listener ${port} 127.0.0.1`)
    .replace(/listener 8884/, `listener ${gatewayPort} 127.0.0.1`)
    .replaceAll('/etc/mosquitto/certs', folder)
    .replaceAll('/etc/mosquitto', folder)
    .replaceAll('/var/lib/mosquitto', folder);
  writeFileSync(join(folder, 'mosquitto.conf'), `user ${userInfo().username}\n${text}`);
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const broker = spawn('mosquitto', ['-c', join(folder, 'mosquitto.conf')], { env, stdio: 'ignore' });
  t.teardown(() => end(broker));
  return { folder, port, gatewayPort, ca: readFileSync(join(folder, 'ca.pem')) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'close');
}

/** Tries until the broker listens. @throws when it listens and lets nobody in */
async function client(t: ExecutionContext, options: IClientOptions): Promise<MqttClient> {
  const connect = () => connectAsync({ ...options, reconnectPeriod: 50, connectTimeout: 5000 });
  const connected = await connect().catch(async error => {
    if (error.code !== 'ECONNREFUSED') throw error;
    await sleep(50);
    return undefined;
  });
  if (connected === undefined) return client(t, options);
  t.teardown(() => connected.endAsync(true));
  return connected;
}
