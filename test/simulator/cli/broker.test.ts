import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { hexToBytes } from 'viem';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { toHex } from '../../../firmware/bytes';
import { brokerLogin } from '../../../firmware/link/broker-login';
import { mosquittoAcl } from '../../../simulator/broker/mosquitto-acl';
import { brokerAclCommand } from '../../../simulator/cli/broker-acl';
import { brokerAuthCommand } from '../../../simulator/cli/broker-auth';
import { ADMIN, ChainRig, chainTest, DEVICE, OWNER, sharedAnvil } from '../../support/anvil';
import { M3ter, m3ter } from '../../support/m3ter';
import { crypto, key } from '../../support/messages';
import { freePort } from '../../support/mosquitto';
import { runCommand } from '../../support/run-command';

const anvil = sharedAnvil();
const ADDRESS = '0x6813eb9362372eef6200f3b1dbc3f819671cba69';
const BY_HAND = ['--chain-id', '100', '--meter', `${ADDRESS}=7`];
const REGISTRY = ['--registry', '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02'];
const AUTH = ['--listen', '0', '--name', 'broker.example', ...BY_HAND, ...REGISTRY];

function write(t: ExecutionContext, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-broker-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, content);
  return path;
}

test('what is missing or wrong on the command line is said in a line', async t => {
  const acl = (...words: string[]) => runCommand(brokerAclCommand, ...words);
  const auth = (...words: string[]) => runCommand(brokerAuthCommand, ...words);
  const nothing = write(t, '\n');
  for (const [outcome, exitCode, error] of [
    [await acl(), 2, /^expected --rpc URL or --meter ADDRESS=ID, got neither$/],
    [await acl('--meter', `${ADDRESS}=7`), 2, /^expected --chain-id N or a --deployment FILE/],
    [await acl('--meter', ADDRESS), 2, /--meter.*Expected ADDRESS=ID/],
    [await acl('--meter', `${ADDRESS}=7=8`), 2, /--meter.*Expected ADDRESS=ID/],
    [await acl('--meter', `${ADDRESS}=0x7`), 2, /--meter.*Expected a token id in decimal/],
    [
      await acl('--rpc', 'http://127.0.0.1:1', '--chain-id', '1'),
      2,
      /^expected --deployment FILE or --registry/,
    ],
    [await acl('--rpc', 'http://127.0.0.1:1', ...REGISTRY), 1, /^--rpc: expected a node that answers/],
    [await auth(...AUTH.slice(2)), 2, /--listen/],
    [await auth(...AUTH.slice(0, 2), ...BY_HAND), 2, /--name/],
    [await auth(...AUTH.slice(0, -2)), 2, /^expected --deployment FILE or --registry/],
    [await auth(...AUTH, '--user', 'gateway'), 2, /^expected --user NAME and --password-file FILE together/],
    [await auth(...AUTH, '--user', 'g', '--password-file', nothing), 1, /^password file .*expected one line/],
    [await auth(...AUTH, '--user', 'g', '--password-file', '/nowhere'), 1, /^password file \/nowhere: /],
  ] as const) {
    t.is(outcome.exitCode, exitCode, `${error}`);
    t.regex(outcome.error, error);
    t.deepEqual(outcome.lines, []);
  }
});

chainTest(
  'broker-acl prints the registry’s meters and those named by hand, and names what it leaves out',
  async t => {
    const rig = await ChainRig.deploy(anvil());
    const { registry } = rig.as(ADMIN);
    await rig.mint(DEVICE);
    for (const digits of ['ab', 'cd']) {
      await rig.done(registry.write.mint([OWNER.address]));
      const last = await registry.read.totalSupply();
      await rig.done(registry.write.register([last, `0x${digits.repeat(32)}`]));
    }
    const deployment = write(t, JSON.stringify({ chainId: anvil().id, ...rig.deployment }));
    const place = ['--rpc', anvil().url, '--deployment', deployment];
    const hand = key(43);
    const printed = await m3ter('broker-acl', ...place, '--meter', `0x${toHex(hand.address)}=3`);
    const expected = [
      { m3terId: 1n, device: DEVICE.address },
      { m3terId: 3n, device: hand.address },
    ];
    t.deepEqual(printed, {
      code: 0,
      out: `${mosquittoAcl(anvil().id, expected)}\n`,
      err: 'M3ter 2: left out, as its key is no address; --meter ADDRESS=2\n',
    });
    const elsewhere = await runCommand(brokerAclCommand, ...place, '--chain-id', '100');
    t.is(elsewhere.error, `--rpc: expected chain 100, got ${anvil().id}`);
    const noRegistry = await runCommand(brokerAclCommand, ...place, '--registry', ADMIN.address);
    t.regex(noRegistry.error, /^--rpc: expected a registry that tells totalSupply and keyByToken, got /);
  },
);

chainTest(
  'broker-auth lets in what the registry knows, without a word of the RPC’s address, until SIGTERM',
  async t => {
    const rig = await ChainRig.deploy(anvil());
    const m3terId = await rig.mint(DEVICE);
    const deployment = write(t, JSON.stringify({ chainId: anvil().id, ...rig.deployment }));
    const port = await freePort();
    const away = `http://127.0.0.1:${await freePort()}/secret`;
    const words = ['broker-auth', '--name', 'broker.example', '--deployment', deployment];
    const known = new M3ter([...words, '--listen', `${port}`, '--rpc', anvil().url]);
    const alone = new M3ter([...words, '--listen', '0', '--rpc', away]);
    const astray = new M3ter([...words, '--listen', '0', '--rpc', anvil().url, '--chain-id', '100']);
    const all = [known, alone, astray];
    t.teardown(() => all.map(auth => auth.signal('SIGKILL')));
    const elsewhere = { chainId: 100, registry: hexToBytes(rig.deployment.registry) };
    const ask = async (auth: M3ter, domain = rig.domain) => {
      await auth.until('it listens', () => auth.err.includes('/topic\n'));
      const [, url = ''] = /asked on (\S+),/.exec(auth.err) ?? [];
      const login = brokerLogin(domain, DEVICE, m3terId, 'broker.example', Date.now() / 1000);
      const client_id = `m3ter-${m3terId}-${toHex(DEVICE.address)}`;
      const body = new URLSearchParams({
        vhost: '/',
        client_id,
        ...(login as { username: string; password: string }),
      });
      return (await fetch(url, { method: 'POST', body })).text();
    };
    t.is(await ask(known), 'allow');
    t.true(known.err.startsWith(`asked on http://127.0.0.1:${port}/user, `));
    t.is(await ask(alone), 'deny');
    await alone.until('it says why', () => alone.out.includes('chain-away'));
    t.is(await ask(astray, new SigningDomain(crypto, elsewhere)), 'deny');
    const fault = `chain-failed --rpc: expected chain 100, got ${anvil().id}\n`;
    await astray.until('it says why', () => astray.out.includes(fault));
    for (const auth of all) auth.signal('SIGTERM');
    for (const auth of all) t.is((await auth.finished()).code, 0);
    t.false(`${alone.out}${alone.err}`.includes('secret'));
  },
);
