import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Command } from 'commander';
import fc from 'fast-check';
import { hashTypedData, type TypedDataDefinition } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { addressText } from '../../firmware/attest/address';
import type { SigningKey } from '../../firmware/attest/device-key';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { kilowattHours } from '../../firmware/energy';
import { creditCommand } from '../../simulator/cli/credit';
import { orderCommand } from '../../simulator/cli/order';
import { policyCommand } from '../../simulator/cli/policy';
import type { Print } from '../../simulator/cli/print';
import { tariffCommand } from '../../simulator/cli/tariff';
import { typedData } from '../../simulator/typed-data';
import { anyMessage, bytes, crypto, SIGNED_TYPES } from '../support/messages';
import { LINK, MeterRig, OPERATOR, OWNER } from '../support/meter-rig';
import { runCommand } from '../support/run-command';
import { hex } from '../support/viem';

type MakeCommand = (print: Print) => Command;

const METER = ['--m3ter-id', '7', '--chain-id', '100', '--registry', hex(LINK.registry)];
/** Of what, nobody knows: r is the x of the generator of secp256k1. */
const SIGNATURE = `0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798${'22'.repeat(32)}1b`;
const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-typed-data-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));

/** What a wallet is handed: JSON, of which it knows no more than it says. */
async function toSign(make: MakeCommand, ...words: string[]): Promise<TypedDataDefinition> {
  const { lines, error } = await runCommand(make, ...METER, ...words, '--typed-data');
  if (error !== '') throw new Error(error);
  return JSON.parse(lines.join('\n'));
}

/** The way of a directive from the command over the wallet and the command again; as it is printed. */
async function byWallet(
  wallet: SigningKey,
  make: MakeCommand,
  ...words: string[]
): Promise<{ topic: string; payload: string; digest: string; signer: string }> {
  const account = privateKeyToAccount(hex(wallet.privateKey));
  const signature = await account.signTypedData(await toSign(make, ...words));
  const ran = await runCommand(make, ...METER, ...words, '--signature', signature, '--dry-run', '--json');
  if (ran.error !== '') throw new Error(ran.error);
  return JSON.parse(ran.lines.join('\n'));
}

test('a message of any type has the digest as typed data that it has as it is signed here', t => {
  const domain = new SigningDomain(crypto, LINK);
  for (const type of SIGNED_TYPES)
    fc.assert(
      fc.property(anyMessage(type), message => {
        const data = JSON.parse(JSON.stringify(typedData(LINK, type, message)));
        t.is(hashTypedData(data), hex(domain.digest(type, message as never)));
      }),
      { numRuns: 50 },
    );
});

test('what a wallet is handed is plain: decimal numbers, hex, and the type of the domain', async t => {
  const data = await toSign(orderCommand, '--state', 'off', '--power-limit', '500', '--order-version', '9');
  t.deepEqual<unknown, unknown>(data, {
    types: {
      EIP712Domain: [
        { name: 'name', type: 'string' },
        { name: 'version', type: 'string' },
        { name: 'chainId', type: 'uint256' },
        { name: 'verifyingContract', type: 'address' },
      ],
      SupplyOrder: [
        { name: 'm3terId', type: 'uint256' },
        { name: 'version', type: 'uint32' },
        { name: 'state', type: 'uint8' },
        { name: 'powerLimit', type: 'uint32' },
        { name: 'until', type: 'uint64' },
      ],
    },
    primaryType: 'SupplyOrder',
    domain: { name: 'M3ter', version: '1', chainId: 100, verifyingContract: hex(LINK.registry) },
    message: { m3terId: '7', version: '9', state: '0', powerLimit: '500', until: '0' },
  });
});

test('a meter obeys what a wallet has signed: credit, order, policy, and a tariff with bands', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  const said: readonly (readonly [SigningKey, MakeCommand, ...string[]])[] = [
    [OPERATOR, creditCommand, '--credited', '2.5'],
    [OWNER, policyCommand, '--no-sealed', '--policy-version', '3'],
    [
      OPERATOR,
      tariffCommand,
      '--band',
      'mon-sun 00:00-24:00 1.5',
      '--band',
      'sat,sun 10:00-12:00 0.5',
      '--tariff-version',
      '4',
    ],
    [OWNER, orderCommand, '--state', 'on', '--power-limit', '2000', '--order-version', '5'],
  ];
  for (const [wallet, make, ...words] of said) {
    const { topic, payload, signer } = await byWallet(wallet, make, ...words);
    t.is(signer, addressText(crypto, wallet.address));
    await rig.publish(topic.split('/').at(-1) as string, bytes(payload));
  }
  t.deepEqual(rig.meter.refused, {});
  t.is(rig.meter.registers?.credited, kilowattHours(2.5));
  t.false(rig.meter.isSealed);
  rig.draw(3600, 100_000);
  t.is<number | undefined, number>(rig.meter.registers?.debited, 150_000);
  await rig.pass(60_000);
  t.is(rig.meter.supply.reason, 'overload');
});

test('a signature of something else shows as one by nobody, whom no meter obeys', async t => {
  const account = privateKeyToAccount(hex(OPERATOR.privateKey));
  const signature = await account.signTypedData(await toSign(creditCommand, '--credited', '1'));
  const words = ['--credited', '1000', '--signature', signature, '--dry-run', '--json'];
  const ran = await runCommand(creditCommand, ...METER, ...words);
  const { payload, signer } = JSON.parse(ran.lines.join('\n'));
  t.not(signer, addressText(crypto, OPERATOR.address));
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.publish('credit', bytes(payload));
  t.deepEqual(rig.meter.refused, { 'wrong-signer': 1 });
});

test('what a wallet signed is published as with a key: to a broker, unless it is a dry run', async t => {
  const words = ['--credited', '1', '--signature', SIGNATURE];
  const ran = await runCommand(creditCommand, ...METER, ...words);
  t.regex(ran.error, /expected --broker URL or --dry-run, got neither/);
  const dry = await runCommand(creditCommand, ...METER, ...words, '--dry-run');
  t.regex(dry.lines.join('\n'), /^not published: m3ter\/100\/7\/credit a4\w+ signed by 0x\w{40}$/);
});

test('bad input gets one clear line', async t => {
  const keyFile = join(FOLDER, 'key');
  writeFileSync(keyFile, '1'.padStart(64, '0'));
  const cases: readonly (readonly [MakeCommand, readonly string[], RegExp])[] = [
    [creditCommand, [], /^expected --key, --typed-data or --signature, got none$/],
    [
      creditCommand,
      ['--typed-data', '--key', keyFile],
      /'--typed-data' cannot be used with option '--key <file>'/,
    ],
    [
      creditCommand,
      ['--typed-data', '--signature', SIGNATURE],
      /'--typed-data' cannot be used with option '--sig/,
    ],
    [
      creditCommand,
      ['--typed-data', '--broker', 'mqtt://x'],
      /'--typed-data' cannot be used with option '--broker/,
    ],
    [
      creditCommand,
      ['--key', keyFile, '--signature', SIGNATURE],
      /'--signature <hex>' cannot be used with option '--key/,
    ],
    [creditCommand, ['--signature', '0x1'], /Expected whole bytes of hex/],
    [
      creditCommand,
      ['--signature', SIGNATURE.slice(0, -2), '--dry-run'],
      /expected --signature of 65 bytes r, s, v/,
    ],
    [
      creditCommand,
      ['--signature', `${SIGNATURE}00`, '--dry-run'],
      /expected --signature of 65 bytes r, s, v/,
    ],
    [creditCommand, ['--signature', `${SIGNATURE.slice(0, -2)}01`, '--dry-run'], /v of 27 or 28, got 79be/],
    [creditCommand, ['--signature', `0x${'ff'.repeat(64)}1b`, '--dry-run'], /with a low s/],
    [
      orderCommand,
      ['--signature', SIGNATURE, '--dry-run'],
      /^expected --order-version as in what was signed, got none$/,
    ],
    [policyCommand, ['--signature', SIGNATURE, '--dry-run'], /expected --policy-version as in/],
    [tariffCommand, ['--signature', SIGNATURE, '--dry-run'], /expected --tariff-version as in/],
  ];
  const own = new Map<MakeCommand, string[]>([
    [creditCommand, ['--credited', '1']],
    [orderCommand, ['--state', 'on']],
  ]);
  for (const [make, words, message] of cases) {
    const ran = await runCommand(make, ...METER, ...(own.get(make) ?? []), ...words);
    t.is(ran.exitCode, 2, words.join(' '));
    t.regex(ran.error.replace(/^error: /, ''), message);
    t.false(ran.error.includes('\n'));
  }
});
