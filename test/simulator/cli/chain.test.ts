import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { decodeFunctionData, erc20Abi, formatEther, type Hash, type HDAccount, toHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { PROTOCOL_ABI } from '../../../simulator/chain/abi';
import type { ContractName } from '../../../simulator/chain/compile';
import { deployContract } from '../../../simulator/chain/deploy';
import { addressCommand } from '../../../simulator/cli/address';
import { chainCommand } from '../../../simulator/cli/chain';
import {
  ADMIN,
  BUYER,
  ChainRig,
  chainTest,
  DEVICE,
  makeReading,
  OWNER,
  STRANGER,
  sharedAnvil,
  UNIT,
} from '../../support/anvil';
import { M3ter, m3ter } from '../../support/m3ter';
import { RpcProxy } from '../../support/rpc-proxy';
import { type Outcome, runCommand } from '../../support/run-command';
import { holdsSecret } from '../../support/secret-forms';
import { until } from '../../support/session';

const anvil = sharedAnvil();
const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-chain-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));

let files = 0;
function file(content: string): string {
  const path = join(FOLDER, `${files++}`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function secretOf(account: HDAccount): Uint8Array {
  return account.getHdKey().privateKey as Uint8Array;
}

const KEYS = new Map([ADMIN, OWNER, BUYER, STRANGER].map(one => [one.address, file(toHex(secretOf(one)))]));
const SECRETS = [ADMIN, OWNER, BUYER, STRANGER].map(secretOf);
const DEVICE_ADDRESS = privateKeyToAccount(toHex(DEVICE.privateKey)).address;
const HASH = '0x[0-9a-f]{64}';

/** Contracts of their own, and the command line at them. */
class Desk {
  readonly rig: ChainRig;
  readonly place: readonly string[];

  static async open(token?: ContractName): Promise<Desk> {
    const stablecoin = token && (await deployContract(anvil(), ADMIN, token, []));
    return new Desk(await ChainRig.deploy(anvil(), stablecoin && { stablecoin }));
  }

  /** With a M3ter, number 1, whose kWh costs so much, and a buyer who has so much. */
  static async selling(price: bigint, funds: bigint, token?: ContractName): Promise<Desk> {
    const desk = await Desk.open(token);
    await desk.rig.mint();
    await desk.rig.done(desk.rig.as(OWNER).protocol.write.setTariff([1n, price]));
    await desk.rig.done(desk.rig.as(BUYER).stablecoin.write.faucet([funds]));
    return desk;
  }

  constructor(rig: ChainRig, url = rig.chain.url) {
    this.rig = rig;
    const deployment = file(JSON.stringify({ chainId: rig.chain.id, block: 0, ...rig.deployment }));
    this.place = ['--rpc', url, '--deployment', deployment];
  }

  /** The same contracts by way of another node. */
  by(url: string): Desk {
    return new Desk(this.rig, url);
  }

  /** Runs `m3ter chain` in somebody's name. */
  run(who: HDAccount, ...words: string[]): Promise<Outcome> {
    return runCommand(chainCommand, ...words, ...this.place, '--key', KEYS.get(who.address) as string);
  }

  show(...words: string[]): Promise<Outcome> {
    return runCommand(chainCommand, 'show', '--m3ter-id', '1', ...words, ...this.place);
  }

  allowance(who: HDAccount): Promise<bigint> {
    const { stablecoin, protocol } = this.rig.deployment;
    const call = { address: stablecoin, abi: erc20Abi, functionName: 'allowance' } as const;
    return anvil().client.readContract({ ...call, args: [who.address, protocol] });
  }
}

function nonce(who: HDAccount): Promise<number> {
  return anvil().client.getTransactionCount({ address: who.address });
}

/** The only line, without a key in it. */
function only(t: ExecutionContext, { lines, error }: Outcome): string {
  t.is(error, '');
  t.is(lines.length, 1);
  t.false(holdsSecret(lines.join(''), SECRETS));
  return lines[0] ?? '';
}

function mined(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.()]/g, '\\$&')}; block \\d+, transaction ${HASH}$`);
}

chainTest('a provider and a tenant do all that is to do on a chain by commands', async t => {
  const desk = await Desk.open();
  const { contracts } = desk.rig;
  const mint = await desk.run(ADMIN, 'mint', '--to', OWNER.address);
  t.regex(only(t, mint), mined(`M3ter 1 belongs to ${OWNER.address}`));
  const register = await desk.run(ADMIN, 'register', '--m3ter-id', '1', '--device', DEVICE_ADDRESS);
  t.regex(only(t, register), mined(`M3ter 1 is device ${DEVICE_ADDRESS}`));
  t.is(await contracts.registry.read.tokenByKey([await contracts.registry.read.keyByToken([1n])]), 1n);
  const price = await desk.run(OWNER, 'price', '0.25', '--m3ter-id', '1');
  t.regex(only(t, price), mined('a kWh of M3ter 1 costs 0.25 TUSD'));
  const faucet = await desk.run(BUYER, 'faucet', '1.5');
  t.regex(only(t, faucet), mined(`${BUYER.address} gets 1.5 TUSD`));
  const pay = await desk.run(BUYER, 'pay', '1.000000000000000001', '--m3ter-id', '1');
  t.regex(only(t, pay), mined('M3ter 1 gets 4 kWh for 1.000000000000000001 TUSD, at 0.25 TUSD a kWh'));
  t.is(await contracts.stablecoin.read.balanceOf([BUYER.address]), UNIT / 2n - 1n);
  t.is(await contracts.protocol.read.energyOf([1n]), 4_000_000n);
  t.is(await desk.allowance(BUYER), 0n);
  const claim = await desk.run(OWNER, 'claim');
  t.regex(only(t, claim), mined(`${OWNER.address} gets 0.997000000000000001 TUSD`));
  t.is(await contracts.stablecoin.read.balanceOf([OWNER.address]), (997n * UNIT) / 1000n + 1n);
  const grant = await desk.run(ADMIN, 'grant', 'registrar', '--to', STRANGER.address);
  t.regex(only(t, grant), mined(`${STRANGER.address} is registrar`));
  const key = 'ab'.repeat(32);
  const exchanged = await desk.run(STRANGER, 'register', '--m3ter-id', '1', '--payload-key', key);
  t.regex(only(t, exchanged), mined(`M3ter 1 is payload key 0x${key}, in place of device ${DEVICE_ADDRESS}`));
});

chainTest('what the contracts say of a M3ter is shown, to people and to programs', async t => {
  const desk = await Desk.selling(UNIT / 4n, 3n * UNIT);
  t.regex((await desk.show()).lines[0] ?? '', /\npaid {6}nothing\n.*\nproved {4}no reading of its device\n/);
  for (const amount of ['1', '2']) await desk.run(BUYER, 'pay', amount, '--m3ter-id', '1');
  const { rig } = desk;
  const registers = () => ({ imported: 1_500_000, debited: 1_000_000 });
  const reading = makeReading(rig.domain, { m3terId: 1n, first: 7, registers });
  const { blockNumber } = await rig.done(rig.as(STRANGER).proof.write.submit([reading]));
  t.deepEqual(only(t, await desk.show()).split('\n'), [
    `M3ter 1 on chain 31337, as of block ${blockNumber}`,
    `owner     ${OWNER.address}`,
    `key       device ${DEVICE_ADDRESS}`,
    'price     0.25 TUSD a kWh',
    `paid      3 TUSD by 2 payments, the last in block ${blockNumber - 1n}`,
    'sold      12 kWh in all',
    'proved    1.5 kWh in all; by reading 7 imported 1.5 kWh, exported 0 kWh, debited 1 kWh, credited 0 kWh, withdrawn 0 kWh, feedIn 0 kWh',
    `rewarded  1.5 M3RW by 1 proof, the last in block ${blockNumber}`,
    'revenue   2.991 TUSD for its owner to claim',
  ]);
  const none = { exported: '0', credited: '0', withdrawn: '0', feedIn: '0' };
  t.deepEqual(JSON.parse(only(t, await desk.show('--json'))), {
    ...{
      m3terId: '1',
      chainId: 31337,
      block: `${blockNumber}`,
      owner: OWNER.address,
      device: DEVICE_ADDRESS,
    },
    ...{ coin: 'TUSD', price: '0.25', paid: '3', payments: 2, energy: '12000000', lifetimeEnergy: '1500000' },
    registers: { ...none, sequence: '7', imported: '1500000', debited: '1000000' },
    ...{ rewardCoin: 'M3RW', rewarded: '1.5', revenue: '2.991' },
  });
});

chainTest('a node that does not look through so many blocks leaves out what only events tell', async t => {
  const desk = await Desk.selling(UNIT, UNIT);
  const proxy = await RpcProxy.open(t, anvil().url);
  proxy.misbehave = ({ method, id }) =>
    method === 'eth_getLogs' ? rpcError(id, -32602, 'too many') : undefined;
  const { lines } = await desk.by(proxy.url).show();
  t.regex(
    lines[0] ?? '',
    /\npaid {6}unknown: the node does not look through so many blocks at once\nsold {6}0 kWh/,
  );
  const told = JSON.parse((await desk.by(proxy.url).show('--json')).lines[0] ?? '');
  t.deepEqual([told.paid, told.payments, told.rewarded, told.energy], [undefined, undefined, undefined, '0']);
});

function rpcError(id: number, code: number, message: string) {
  return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } }) };
}

chainTest('--dry-run says what would happen and what it costs at most, and sends nothing', async t => {
  const desk = await Desk.selling(UNIT / 4n, 3n * UNIT);
  const { rig } = desk;
  await desk.run(BUYER, 'pay', '1', '--m3ter-id', '1');
  const cases: [HDAccount, string[], RegExp][] = [
    [ADMIN, ['mint', '--to', OWNER.address], /^not sent: M3ter 2 belongs to 0x/],
    [ADMIN, ['register', '--m3ter-id', '1', '--device', BUYER.address], /^not sent: M3ter 1 is device 0x/],
    [OWNER, ['price', '0', '--m3ter-id', '1'], /^not sent: a kWh of M3ter 1 is not sold; /],
    [BUYER, ['faucet', '1'], /^not sent: 0x\w+ gets 1 TUSD; /],
    [
      BUYER,
      ['pay', '2', '--m3ter-id', '1'],
      /^not sent: M3ter 1 gets 8 kWh for 2 TUSD, .*, after an approval/,
    ],
    [OWNER, ['claim'], /^not sent: 0x\w+ gets 0\.997 TUSD; /],
    [ADMIN, ['grant', 'minter', '--to', OWNER.address], /^not sent: 0x\w+ is minter; /],
  ];
  for (const [who, words, expected] of cases) {
    const before = await nonce(who);
    const line = only(t, await desk.run(who, ...words, '--dry-run'));
    t.regex(line, expected);
    t.regex(line, /; at most \d+ gas, 0\.\d+ of the chain's coin$/);
    t.like(JSON.parse(only(t, await desk.run(who, ...words, '--dry-run', '--json'))), { dryRun: true });
    t.is(await nonce(who), before, words[0]);
  }
  t.is(await desk.allowance(BUYER), 0n);
  const balance = () => anvil().client.getBalance({ address: BUYER.address });
  const { cost } = JSON.parse(
    (await desk.run(BUYER, 'pay', '2', '--m3ter-id', '1', '--dry-run', '--json')).lines[0] ?? '',
  );
  const before = await balance();
  t.is((await desk.run(BUYER, 'pay', '2', '--m3ter-id', '1')).error, '');
  const spent = formatEther(before - (await balance()));
  t.true(Number(spent) > 0 && Number(spent) <= Number(cost), `${spent} of ${cost}`);
  t.is(await rig.contracts.registry.read.totalSupply(), 1n);
});

chainTest('what the contracts would refuse is said in one line of words, and nothing is sent', async t => {
  const desk = await Desk.selling(UNIT / 4n, UNIT);
  await desk.rig.mint({ ...DEVICE, address: new Uint8Array(20).fill(7) });
  const [NOT_FOR_SALE, MISSING] = [
    ['--m3ter-id', '2'],
    ['--m3ter-id', '9'],
  ];
  const ONE = ['--m3ter-id', '1'];
  const cases: [HDAccount, string[], RegExp][] = [
    [
      OWNER,
      ['mint', '--to', OWNER.address],
      /^expected the key of an account that has MINTER_ROLE, got that of 0x/,
    ],
    [
      ADMIN,
      ['mint', '--to', desk.rig.deployment.protocol],
      /^expected an account, or a contract that takes tokens, got 0x/,
    ],
    [OWNER, ['register', ...ONE, '--device', OWNER.address], /that has REGISTRAR_ROLE, got that of 0x/],
    [OWNER, ['grant', 'minter', '--to', OWNER.address], /that has DEFAULT_ADMIN_ROLE, got that of 0x/],
    [
      ADMIN,
      ['register', ...NOT_FOR_SALE, '--device', DEVICE_ADDRESS],
      /^expected a key that no M3ter has, got that of M3ter 1$/,
    ],
    [
      ADMIN,
      ['register', ...ONE, '--payload-key', '00'.repeat(32)],
      /^expected a device's key, got none but zeros$/,
    ],
    [
      ADMIN,
      ['register', ...MISSING, '--device', BUYER.address],
      /^M3ter 9: expected one that was minted, got none$/,
    ],
    [
      BUYER,
      ['price', '1', ...ONE],
      new RegExp(`^M3ter 1: expected the key of its owner, got that of ${BUYER.address}$`),
    ],
    [OWNER, ['price', '1', ...MISSING], /^M3ter 9: expected one that was minted, got none$/],
    [BUYER, ['pay', '1', ...NOT_FOR_SALE], /^M3ter 2: expected a price, got none: its owner does not sell$/],
    [BUYER, ['pay', '1', ...MISSING], /^M3ter 9: expected one that was minted, got none$/],
    [
      BUYER,
      ['pay', '1.01', ...ONE],
      new RegExp(`^expected 1\\.01 TUSD to pay, got 1 TUSD at ${BUYER.address}$`),
    ],
    [
      BUYER,
      ['pay', '0.00000000000000001', ...ONE],
      /^M3ter 1: expected an amount that buys a mWh, got less$/,
    ],
    [BUYER, ['pay', '0', ...ONE], /^M3ter 1: expected an amount that buys a mWh, got less$/],
    [
      OWNER,
      ['claim'],
      new RegExp(`^expected an account with revenue, got ${OWNER.address}, which has none$`),
    ],
  ];
  for (const [who, words, expected] of cases) {
    const before = await nonce(who);
    const { lines, error, exitCode } = await desk.run(who, ...words);
    t.deepEqual(lines, [], words.join(' '));
    t.regex(error, expected);
    t.is(exitCode, 1);
    t.is(await nonce(who), before, words.join(' '));
  }
});

chainTest(
  'what is paid for a M3ter without a meter is warned of, as is a meter that is replaced',
  async t => {
    const desk = await Desk.open();
    const key = (who: HDAccount) => ['--key', KEYS.get(who.address) as string];
    const spoken = async (who: HDAccount, ...words: string[]) => {
      const { code, err } = await m3ter('chain', ...words, '--m3ter-id', '1', ...desk.place, ...key(who));
      t.is(code, 0, err);
      return err;
    };
    await desk.run(ADMIN, 'mint', '--to', OWNER.address);
    await desk.run(BUYER, 'faucet', '1');
    const warning =
      'M3ter 1 has no meter in the registry: nobody gets what is paid for until one is registered\n';
    t.is(await spoken(OWNER, 'price', '0'), '');
    t.is(await spoken(OWNER, 'price', '1'), warning);
    t.is(await spoken(BUYER, 'pay', '0.5'), warning);
    t.is(await spoken(ADMIN, 'register', '--device', DEVICE_ADDRESS), '');
    t.is(await spoken(BUYER, 'pay', '0.5'), '');
    t.is(
      await spoken(ADMIN, 'register', '--device', STRANGER.address),
      `M3ter 1 is device ${DEVICE_ADDRESS} in the registry: device ${STRANGER.address} takes its place\n`,
    );
  },
);

chainTest('a payment approves just what it lacks of leave to pay, and no more', async t => {
  const desk = await Desk.selling(UNIT, 100n * UNIT);
  const { stablecoin } = desk.rig.as(BUYER);
  const approve = (amount: bigint) =>
    desk.rig.done(stablecoin.write.approve([desk.rig.deployment.protocol, amount]));
  for (const [allowed, transactions, left] of [
    [0n, 2, 0n],
    [2n * UNIT, 2, 0n],
    [3n * UNIT, 1, 0n],
    [5n * UNIT, 1, 2n * UNIT],
  ] as const) {
    await approve(allowed);
    const before = await nonce(BUYER);
    const { transaction } = JSON.parse(
      only(t, await desk.run(BUYER, 'pay', '3', '--m3ter-id', '1', '--json')),
    );
    t.is((await nonce(BUYER)) - before, transactions);
    t.is(await desk.allowance(BUYER), left);
    const { input } = await anvil().client.getTransaction({ hash: transaction as Hash });
    // at no higher price than was seen
    const call = decodeFunctionData({ abi: PROTOCOL_ABI, data: input });
    t.deepEqual<unknown, unknown>(call, { functionName: 'payUpTo', args: [1n, 3n * UNIT, UNIT] });
  }
});

chainTest('nothing is approved for a payment that the coin would spoil', async t => {
  for (const [token, expected] of [
    ['FeeToken', /^expected a coin of which all arrives that is paid, got one that keeps a part$/],
    ['FalseToken', /^expected contracts that take it, got SafeERC20FailedOperation 0x/],
  ] as const) {
    const desk = await Desk.selling(UNIT, UNIT, token);
    const before = await nonce(BUYER);
    const { error } = await desk.run(BUYER, 'pay', '1', '--m3ter-id', '1');
    t.regex(error, expected);
    t.is(await nonce(BUYER), before);
  }
});

chainTest('a coin of six decimals is counted by its own', async t => {
  const desk = await Desk.open('SixDecimalsToken');
  await desk.rig.mint();
  t.regex(only(t, await desk.run(OWNER, 'price', '0.25', '--m3ter-id', '1')), /costs 0\.25 TUSD; /);
  t.is(await desk.rig.contracts.protocol.read.tariffOf([1n]), 250_000n);
  await desk.run(BUYER, 'faucet', '1.000001');
  const wrong = await desk.run(BUYER, 'pay', '0.0000001', '--m3ter-id', '1');
  t.deepEqual([wrong.error, wrong.exitCode], ['expected at most 6 decimals, as TUSD has, got 0.0000001', 2]);
  t.regex(
    only(t, await desk.run(BUYER, 'pay', '1.0000010', '--m3ter-id', '1')),
    /gets 4\.000004 kWh for 1\.000001 TUSD, /,
  );
  t.is(await desk.rig.contracts.protocol.read.energyOf([1n]), 4_000_004n);
});

chainTest('the faucet gives only of the coin without worth', async t => {
  const { rig } = await Desk.open();
  const desk = new Desk(await ChainRig.deploy(anvil(), { stablecoin: rig.deployment.reward }));
  const { error, exitCode } = await desk.run(BUYER, 'faucet', '1');
  t.is(error, 'faucet: expected the coin without worth of m3ter deploy, got M3RW');
  t.is(exitCode, 1);
});

chainTest('a payment waits for as many blocks on top as it is told to', async t => {
  const desk = await Desk.selling(UNIT, UNIT);
  await desk.rig.fund(UNIT);
  const before = await nonce(BUYER);
  let isDone = false;
  const paying = desk.run(BUYER, 'pay', '1', '--m3ter-id', '1', '--confirmations', '2').finally(() => {
    isDone = true;
  });
  while ((await nonce(BUYER)) === before) await sleep(20);
  const mine = (count: number) =>
    anvil().client.request({ method: 'anvil_mine', params: [toHex(count)] } as never);
  await mine(1);
  t.false(isDone);
  await mine(1);
  t.is((await paying).error, '');
});

chainTest(
  'a node without eth_simulateV1 takes payments, and cannot tell what an approval makes possible',
  async t => {
    const desk = await Desk.selling(UNIT, 2n * UNIT);
    const proxy = await RpcProxy.open(t, anvil().url);
    proxy.misbehave = ({ method, id }) =>
      method === 'eth_simulateV1'
        ? rpcError(id, -32601, 'the method eth_simulateV1 does not exist')
        : undefined;
    const other = desk.by(proxy.url);
    const rehearsed = await other.run(BUYER, 'pay', '1', '--m3ter-id', '1', '--dry-run');
    t.regex(
      rehearsed.error,
      /^--dry-run: expected a node that knows eth_simulateV1, or money that is approved already/,
    );
    t.is((await other.run(BUYER, 'pay', '1', '--m3ter-id', '1')).error, '');
    t.true(proxy.asked.includes('eth_simulateV1'));
    t.is(await desk.rig.contracts.protocol.read.energyOf([1n]), 1_000_000n);
  },
);

/** Pays 1 by a node that hangs up when it has taken the transaction, after whatever comes before that. */
async function payUnanswered(
  t: ExecutionContext,
  desk: Desk,
  before: () => Promise<unknown>,
): Promise<Outcome> {
  const proxy = await RpcProxy.open(t, anvil().url);
  let sent: readonly unknown[] | undefined;
  proxy.misbehave = ({ method, params }) => {
    if (method !== 'eth_sendRawTransaction' || sent !== undefined) return undefined;
    sent = params;
    return 'stall';
  };
  const paying = desk.by(proxy.url).run(BUYER, 'pay', '1', '--m3ter-id', '1');
  await until('it is sent', () => proxy.stalled > 0);
  await before();
  await anvil().client.request({ method: 'eth_sendRawTransaction', params: sent } as never);
  proxy.hangUp();
  return paying;
}

chainTest('a payment whose taking the node does not confirm is made once', async t => {
  const desk = await Desk.selling(UNIT, 2n * UNIT);
  await desk.rig.fund(2n * UNIT);
  const outcome = await payUnanswered(t, desk, async () => {});
  t.regex(only(t, outcome), mined('M3ter 1 gets 1 kWh for 1 TUSD, at 1 TUSD a kWh'));
  t.is(await desk.rig.contracts.protocol.read.energyOf([1n]), 1_000_000n);
});

chainTest(
  'a payment that meets a higher price when it is mined is refused, and told as reverted',
  async t => {
    const desk = await Desk.selling(UNIT, UNIT);
    await desk.rig.fund(UNIT);
    const raise = () => desk.rig.done(desk.rig.as(OWNER).protocol.write.setTariff([1n, 2n * UNIT]));
    const { error, exitCode } = await payUnanswered(t, desk, raise);
    t.regex(error, new RegExp(`^transaction ${HASH}: expected success, got a revert in block \\d+$`));
    t.is(exitCode, 1);
    t.is(await desk.rig.contracts.protocol.read.energyOf([1n]), 0n);
  },
);

chainTest('a transaction that the node does not take is named', async t => {
  const desk = await Desk.selling(UNIT, UNIT);
  const proxy = await RpcProxy.open(t, anvil().url);
  proxy.misbehave = ({ method, id }) =>
    method === 'eth_sendRawTransaction' ? rpcError(id, -32000, 'replacement underpriced') : undefined;
  const { error } = await desk.by(proxy.url).run(BUYER, 'pay', '1', '--m3ter-id', '1');
  t.regex(
    error,
    new RegExp(`^transaction ${HASH}: expected the node to take it, got .*; see whether it did`),
  );
});

chainTest('a transaction whose number another one takes is told as not mined', async t => {
  const desk = await Desk.selling(UNIT, UNIT);
  const request = (method: string, ...params: unknown[]) =>
    anvil().client.request({ method, params } as never);
  const before = await nonce(BUYER);
  await request('evm_setAutomine', false);
  t.teardown(() => request('evm_setAutomine', true));
  const claiming = desk.run(BUYER, 'faucet', '1');
  const pending = { address: BUYER.address, blockTag: 'pending' } as const;
  while ((await anvil().client.getTransactionCount(pending)) === before) await sleep(20);
  const fees = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 11n };
  await anvil()
    .as(BUYER)
    .sendTransaction({ to: OWNER.address, nonce: before, gas: 21_000n, ...fees });
  await request('anvil_mine', '0x1');
  t.regex((await claiming).error, /: expected its receipt, got another one of this account in its place$/);
});

chainTest('an account without money for gas is told how much it needs, and where', async t => {
  const desk = await Desk.open();
  const secret = '0x'.padEnd(66, '5a') as Hash;
  const { address } = privateKeyToAccount(secret);
  const poor = [...desk.place, '--key', file(secret)];
  const { error, exitCode } = await runCommand(chainCommand, 'faucet', '1', ...poor);
  t.regex(error, new RegExp(`^expected 0\\.\\d+ of the chain's coin for gas, got 0 at ${address}$`));
  t.is(exitCode, 1);
});

chainTest(
  'a deployment that is of another chain, or of contracts that are not there, is refused',
  async t => {
    const { rig } = await Desk.open();
    const other = await Desk.open();
    const show = (deployment: object) => {
      const words = [
        'show',
        '--m3ter-id',
        '1',
        '--rpc',
        anvil().url,
        '--deployment',
        file(JSON.stringify(deployment)),
      ];
      return runCommand(chainCommand, ...words);
    };
    const { error } = await show({ ...rig.deployment, chainId: 100 });
    t.regex(error, /^--rpc: expected chain 100, as .* says, got 31337$/);
    const nowhere = await show({ ...rig.deployment, protocol: STRANGER.address });
    t.regex(
      nowhere.error,
      new RegExp(`^${STRANGER.address}: expected a contract that knows \\w+, got none$`),
    );
    const mixed = await show({ ...rig.deployment, protocol: other.rig.deployment.protocol });
    t.regex(mixed.error, /^deployment .*: expected contracts of registry 0x\w+, got some of 0x\w+$/);
  },
);

chainTest('in a terminal a command takes the key of the environment, and tells what it has sent', async t => {
  const desk = await Desk.selling(UNIT, UNIT);
  process.env.M3TER_CHAIN_KEY = toHex(secretOf(BUYER));
  t.teardown(() => {
    delete process.env.M3TER_CHAIN_KEY;
  });
  const words = ['chain', 'pay', '1', '--m3ter-id', '1', ...desk.place];
  const { code, out } = await new M3ter(words, { terminal: true }).finished();
  t.is(code, 0, out);
  const [approval = '', payment = '', result = ''] = out.split('\r\n');
  for (const line of [approval, payment])
    t.regex(line, new RegExp(`^sent ${HASH}, which waits to be mined$`));
  t.regex(result, mined('M3ter 1 gets 1 kWh for 1 TUSD, at 1 TUSD a kWh'));
  t.true(result.endsWith(payment.split(/[ ,]/)[1] ?? '-'));
  t.false(holdsSecret(out, SECRETS));
});

test('what is missing or wrong on the command line is said in one line', async t => {
  const key = ['--key', KEYS.get(BUYER.address) as string];
  const deployment = file(
    JSON.stringify({ registry: OWNER.address, protocol: OWNER.address, proof: OWNER.address }),
  );
  const place = ['--rpc', 'http://127.0.0.1:9/secret', '--deployment', deployment];
  const one = ['--m3ter-id', '1', ...place];
  const cases: [string[], RegExp, number][] = [
    [['pay', '1', ...one], /^expected --key FILE or \$M3TER_CHAIN_KEY, got neither$/, 2],
    [['pay', '1e3', ...one, ...key], /Expected an amount of money like 0\.25\.$/, 2],
    [['pay', '.5', ...one, ...key], /Expected an amount of money/, 2],
    [
      ['pay', '1', ...one, ...key],
      /^--rpc: expected a node that answers rightly, got HTTP request failed\.$/,
      1,
    ],
    [['register', ...one, ...key], /^expected either --device ADDRESS or --payload-key HEX, got neither$/, 2],
    [
      ['register', ...one, ...key, '--device', OWNER.address, '--payload-key', 'ab'.repeat(32)],
      /^expected either --device ADDRESS or --payload-key HEX, got both$/,
      2,
    ],
    [
      ['register', ...one, ...key, '--payload-key', 'ab'],
      /Expected an Ed25519 public key: 64 hex digits\.$/,
      2,
    ],
    [
      ['grant', 'owner', '--to', OWNER.address, ...place, ...key],
      /Allowed choices are minter, registrar\.$/,
      2,
    ],
    [['show', '--m3ter-id', '1', '--rpc', 'http://h', '--deployment', FOLDER], /got EISDIR$/, 1],
    [['steal'], /^error: unknown command 'steal'/, 2],
  ];
  for (const [words, expected, code] of cases) {
    const { error, exitCode, lines } = await runCommand(chainCommand, ...words);
    t.regex(error, expected);
    t.is(exitCode, code);
    t.deepEqual(lines, []);
  }
});

test('the address of a key file is that of who signs with it', async t => {
  const key = KEYS.get(OWNER.address) as string;
  const shown = await runCommand(addressCommand, '--key', key, '--text');
  t.deepEqual(shown.lines, [OWNER.address]);
  t.regex(
    (await runCommand(addressCommand, '--key', key)).lines.join('\n'),
    new RegExp(`^${OWNER.address}\n[█▀▄ \n]+$`),
  );
  t.regex(
    (await runCommand(addressCommand)).error,
    /^expected either --state DIR or --key FILE, got neither$/,
  );
  t.regex((await runCommand(addressCommand, '--key', key, '--state', FOLDER)).error, /got both$/);
});
