import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import test, { type ExecutionContext } from 'ava';
import type { Command } from 'commander';
import { connectAsync } from 'mqtt';
import { creditCommand } from '../../../simulator/cli/credit';
import { orderCommand } from '../../../simulator/cli/order';
import { policyCommand } from '../../../simulator/cli/policy';
import type { Print } from '../../../simulator/cli/print';
import { releaseCommand } from '../../../simulator/cli/release';
import { resetCommand } from '../../../simulator/cli/reset';
import { rolesCommand } from '../../../simulator/cli/roles';
import { tariffCommand } from '../../../simulator/cli/tariff';
import { makeAuthority, startMosquitto } from '../../support/mosquitto';
import { type Outcome, runCommand } from '../../support/run-command';

const REGISTRY = '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02';
const TOPIC = 'm3ter/100/7';

function folderOf(t: ExecutionContext): (name: string, content: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-directives-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
}

type Send = (make: (print: Print) => Command, ...words: string[]) => Promise<Outcome>;

function sender(file: (name: string, content: string) => string): Send {
  const key = file('owner.key', '1'.padStart(64, '0'));
  const signed = ['--key', key, '--m3ter-id', '7', '--chain-id', '100', '--registry', REGISTRY];
  return (make, ...words) => runCommand(make, ...signed, ...words);
}

/** A broker that knows a client by its certificate, `CN=meter`, and lets it publish all but orders. */
async function guardedBroker(t: ExecutionContext) {
  const file = folderOf(t);
  const kinds = ['credit', 'tariff', 'policy', 'roles', 'reset', 'firmware'];
  const access = [
    'user meter',
    `topic read ${TOPIC}/#`,
    ...kinds.map(kind => `topic write ${TOPIC}/${kind}`),
  ];
  const settings = ['use_identity_as_username true', `acl_file ${file('acl', `${access.join('\n')}\n`)}`];
  const broker = await startMosquitto({ tls: 'both sides', settings });
  t.teardown(() => broker.kill());
  const { certificate: cert, privateKey: key } = broker.client;
  const ca = ['--ca', file('ca.pem', broker.authority)];
  const own = ['--cert', file('cert.pem', cert), '--cert-key', file('cert.key', key)];
  const url = `mqtts://localhost:${broker.port}`;
  return { broker, file, send: sender(file), ca, own, url, tls: { ca: broker.authority, cert, key } };
}

test('each directive is published at a broker of a private authority that asks for a certificate', async t => {
  const { file, send, ca, own, url, tls } = await guardedBroker(t);
  const there = ['--broker', url, ...ca, ...own];
  const image = file('m3ter.bin', 'firmware');
  const release = [
    '--image',
    image,
    '--url',
    'http://files.example.org/m3ter.bin',
    '--firmware-version',
    '2',
  ];
  const ran = [
    await send(creditCommand, '--credited', '1', ...there),
    await send(tariffCommand, ...there),
    await send(policyCommand, ...there),
    await send(rolesCommand, '--owner', REGISTRY, ...there),
    await send(resetCommand, ...there),
    await send(releaseCommand, ...release, ...there),
  ];
  t.deepEqual(
    ran.map(({ error }) => error),
    ran.map(() => ''),
  );
  const late = await connectAsync(url, tls);
  t.teardown(() => late.endAsync(true));
  const topics = new Set<string>();
  const all = new Promise<void>(done =>
    late.on('message', topic => topics.add(topic).size === ran.length && done()),
  );
  await late.subscribeAsync(`${TOPIC}/#`, { qos: 1 });
  await all;
  t.true(topics.has(`${TOPIC}/reset`));
});

test('what the access list forbids is one clear line', async t => {
  const { send, ca, own, url } = await guardedBroker(t);
  const ran = await send(orderCommand, '--state', 'off', '--broker', url, ...ca, ...own);
  t.deepEqual([ran.exitCode, ran.lines], [1, []]);
  t.is(ran.error, `broker ${url}: expected a PUBACK, got none: Publish error: Not authorized`);
});

test('a broker whose certificate is not as expected, or that expects one, is one clear line', async t => {
  const { broker, file, send, ca, url } = await guardedBroker(t);
  const errorOf = async (...words: string[]) => {
    const { exitCode, error } = await send(orderCommand, '--state', 'off', '--broker', ...words);
    t.is(exitCode, 1);
    t.notRegex(error, /\n/);
    return error;
  };
  t.regex(await errorOf(url), /by an authority that --ca does not name \(SELF_SIGNED_CERT_IN_CHAIN\)$/);
  t.regex(
    await errorOf(url, '--ca', file('other.pem', makeAuthority())),
    /authority that --ca does not name/,
  );
  t.regex(await errorOf(url, ...ca), /it asks for a certificate: give --cert and --cert-key/);
  const byNumber = `mqtts://127.0.0.1:${broker.port}`;
  t.regex(await errorOf(byNumber, ...ca), /its certificate is for DNS:localhost, not for 127\.0\.0\.1/);
  t.regex(await errorOf(url, '--ca', file('no.pem', 'x')), /^authority \S+: expected a certificate in PEM/);
});

test('options of TLS that do not go together are misuse, and are of no account on a dry run', async t => {
  const file = folderOf(t);
  const send = sender(file);
  const order = (...words: string[]) => send(orderCommand, '--state', 'off', ...words);
  const plain = await order('--broker', 'mqtt://127.0.0.1', '--ca', 'ca.pem');
  t.deepEqual([plain.exitCode, plain.error], [2, '--ca: expected a --broker of mqtts://, got mqtt://']);
  const alone = await order('--broker', 'mqtts://127.0.0.1', '--cert', 'cert.pem');
  t.deepEqual(
    [alone.exitCode, alone.error],
    [2, 'expected --cert and --cert-key together, got --cert alone'],
  );
  t.is((await order('--dry-run', '--ca', 'ca.pem')).exitCode, 0);
});

test('user and password of the URL count, and one that is not known is one clear line', async t => {
  const file = folderOf(t);
  const send = sender(file);
  const passwords = file('passwords', 'provider:p@ss/word\n');
  execFileSync('mosquitto_passwd', ['-U', passwords]);
  const settings = ['allow_anonymous false', `password_file ${passwords}`];
  const broker = await startMosquitto({ settings });
  t.teardown(() => broker.kill());
  const order = (user: string) =>
    send(orderCommand, '--state', 'off', '--broker', `mqtt://${user}127.0.0.1:${broker.port}`);
  t.is((await order(`provider:${encodeURIComponent('p@ss/word')}@`)).error, '');
  const refused = `broker mqtt://127.0.0.1:${broker.port}: expected a PUBACK, got none: Connection refused:`;
  for (const user of ['', 'provider:secret@']) {
    const ran = await order(user);
    t.deepEqual([ran.exitCode, ran.error], [1, `${refused} Not authorized`]);
  }
});

test('a broker without MQTT 5 is spoken to in 3.1.1', async t => {
  const aedes = await Aedes.createBroker();
  const versions: number[] = [];
  aedes.preConnect = (_client, packet, done) => {
    versions.push(packet.protocolVersion ?? 0);
    done(null, true);
  };
  const topics: string[] = [];
  aedes.on('publish', packet => topics.push(packet.topic));
  const server = createServer(aedes.handle);
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  t.teardown(() => {
    aedes.close();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const send = sender(folderOf(t));
  const ran = await send(orderCommand, '--state', 'off', '--broker', `mqtt://127.0.0.1:${port}`);
  t.deepEqual([ran.error, ran.exitCode], ['', 0]);
  t.true(topics.includes(`${TOPIC}/supply`));
  t.is(versions.at(-1), 4);
});
