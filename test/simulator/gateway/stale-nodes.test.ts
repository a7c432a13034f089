import { bytesToHex, encodeErrorResult, type Hex } from 'viem';
import { decodeEnvelope } from '../../../firmware/attest/envelope';
import { READING } from '../../../firmware/attest/signed-types';
import { PROOF_ABI } from '../../../simulator/chain/abi';
import { Chain } from '../../../simulator/chain/chain';
import { deviceKey } from '../../../simulator/chain/signed-reading';
import { ADMIN, chainTest, DEVICE, OWNER, STRANGER, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { key } from '../../support/messages';
import { type Misbehaviour, RpcProxy } from '../../support/rpc-proxy';

const anvil = sharedAnvil();
const result = (id: number, value: unknown) => ({
  status: 200,
  body: JSON.stringify({ jsonrpc: '2.0', id, result: value }),
});

/** One of several behind one address that has not heard of the last blocks yet, and says so in no other way. */
const withoutLogs: Misbehaviour = ({ method, id }) => (method === 'eth_getLogs' ? result(id, []) : undefined);

chainTest('a payment that a node which lags behind knows nothing of is credited at a later look', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id), confirmations: 2 });
  await gateway.lookForPayments();
  await rig.pay(m3terId, 5n);
  await rig.mine(2);
  proxy.misbehave = withoutLogs;
  await gateway.lookForPayments();
  proxy.misbehave = () => undefined;
  await rig.mine(1);
  await gateway.lookForPayments();
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
});

chainTest('a total that a node has of before the payment is asked for again', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id), confirmations: 2 });
  await gateway.lookForPayments();
  await rig.pay(m3terId, 5n);
  await rig.mine(2);
  proxy.misbehave = ({ method, id }) =>
    method === 'eth_call' ? result(id, `0x${'0'.repeat(64)}`) : undefined;
  await gateway.lookForPayments();
  proxy.misbehave = () => undefined;
  await rig.mine(1);
  await gateway.lookForPayments();
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
});

chainTest('a new device that a node which lags behind knows nothing of is found at a later look', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id) });
  await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE));
  await rig.settled();
  await gateway.lookForPayments();
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([m3terId, deviceKey(key(44).address)]));
  proxy.misbehave = withoutLogs;
  await gateway.lookForPayments();
  proxy.misbehave = () => undefined;
  await rig.mine(1);
  await gateway.lookForPayments();
  t.deepEqual(gateway.account(m3terId)?.device, key(44).address);
});

chainTest('what was credited beyond the payments is known after a restart, too', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  let gateway = await rig.start();
  await gateway.lookForPayments();
  const before = (await rig.request('evm_snapshot')) as Hex;
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  t.true(await rig.request('evm_revert', before));
  await rig.mine(3);
  await gateway.lookForPayments();
  await rig.stop();
  await rig.mine(1);
  gateway = await rig.start();
  await gateway.lookForPayments();
  t.is(gateway.health.beyondPayments, 5 * KILOWATT_HOUR);
});

/** Proves two readings, and gives back the transaction, to be sent again. */
async function proveOnce(rig: GatewayRig, proxy: RpcProxy, m3terId: bigint, confirmations: number) {
  let raw: unknown;
  proxy.misbehave = ({ method, params }) => {
    if (method === 'eth_sendRawTransaction') [raw] = params;
    return undefined;
  };
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id), confirmations });
  for (const reading of rig.readings(2, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await gateway.prove(true);
  proxy.misbehave = () => undefined;
  return { gateway, raw };
}

chainTest('a proof that a reorganisation mines again in vain is sent again', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  const before = await rig.request('evm_snapshot');
  const { gateway, raw } = await proveOnce(rig, proxy, m3terId, 2);
  t.true(await rig.request('evm_revert', before));
  const { registry } = rig.rig.as(ADMIN);
  await rig.rig.done(registry.write.register([m3terId, deviceKey(key(44).address)]));
  await rig.request('eth_sendRawTransaction', raw);
  await rig.rig.done(registry.write.register([m3terId, deviceKey(DEVICE.address)]));
  await rig.mine(4);
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 0n });
  await gateway.prove(true);
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 2n });
  t.is(gateway.account(m3terId)?.proved.reward, 2000n * 10n ** 12n, 'the reward counts once');
});

chainTest('a proof that was mined again is certain once its new block is', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  const before = await rig.request('evm_snapshot');
  const { gateway, raw } = await proveOnce(rig, proxy, m3terId, 3);
  t.true(await rig.request('evm_revert', before));
  await rig.mine(3);
  const again = await rig.request('evm_snapshot');
  await rig.request('eth_sendRawTransaction', raw);
  await gateway.prove(true);
  t.true(await rig.request('evm_revert', again));
  await rig.mine(8);
  await gateway.prove(true);
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 2n });
});

chainTest('a clock that is set back holds up no proof', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  let now = 2_200_000_000;
  const gateway = await rig.start({ longestWait: 100, now: () => now });
  for (const reading of rig.readings(1, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await gateway.prove();
  now = 1_800_000_000;
  await gateway.prove();
  t.is(gateway.health.unproved, 1);
  now += 100;
  await gateway.prove();
  t.is(gateway.health.unproved, 0);
});

chainTest('readings set aside are no longer counted once later ones are proved', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const { registry } = rig.rig.as(ADMIN);
  const m3terId = await rig.meter(DEVICE);
  const gateway = await rig.start({ policy: 'latest' });
  const readings = rig.readings(3, { m3terId }) as [Uint8Array, Uint8Array, Uint8Array];
  for (const reading of readings.slice(0, 2)) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await rig.rig.done(registry.write.register([m3terId, deviceKey(key(44).address)]));
  await gateway.prove(true);
  t.is(rig.noticed('reading-set-aside'), 1);
  await rig.rig.done(registry.write.register([m3terId, deviceKey(DEVICE.address)]));
  await rig.say(m3terId, 'reading', readings[2]);
  await rig.settled();
  await gateway.prove(true);
  t.is(gateway.health.unproved, 0);
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 3n });
});

chainTest('an account without gas is told of, and goes on once it has some', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  const gateway = await rig.start();
  for (const reading of rig.readings(2, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await rig.request('anvil_setBalance', STRANGER.address, '0x0');
  await t.throwsAsync(gateway.prove(true), { message: /funds|balance|gas/i });
  await t.throwsAsync(gateway.prove(true));
  await rig.request('anvil_setBalance', STRANGER.address, '0x56bc75e2d63100000');
  await gateway.prove(true);
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 2n });
});

chainTest('a node that says in words of its own that a contract refuses holds up no proof', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const culprit = await rig.meter(DEVICE);
  const other = await rig.meter(key(43));
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id) });
  const [bad] = rig.readings(1, { m3terId: culprit }) as [Uint8Array];
  const [good] = rig.readings(1, { m3terId: other, signer: key(43) }) as [Uint8Array];
  await rig.say(culprit, 'reading', bad);
  await rig.say(other, 'reading', good);
  await rig.settled();
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([culprit, deviceKey(key(44).address)]));
  const data = encodeErrorResult({
    abi: PROOF_ABI,
    errorName: 'WrongSigner',
    args: [culprit, OWNER.address],
  });
  const signature = bytesToHex(signatureOf(bad)).slice(2);
  // as Nethermind did: an estimate without the contract's error, a call with it behind a word
  proxy.misbehave = ({ method, id, params }) => {
    if (method !== 'eth_estimateGas' && method !== 'eth_call') return undefined;
    if (!JSON.stringify(params).includes(signature)) return undefined;
    const error = {
      code: -32015,
      message: 'VM execution error.',
      ...(method === 'eth_call' && { data: `Reverted ${data}` }),
    };
    return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error }) };
  };
  await gateway.prove(true);
  t.deepEqual(
    rig.notices.flatMap(({ code, detail }) => (code === 'reading-set-aside' ? [detail] : [])),
    ['reading 1: WrongSigner'],
  );
  t.like(await rig.rig.contracts.proof.read.registersOf([other]), { sequence: 1n });
});

function signatureOf(envelope: Uint8Array): Uint8Array {
  const decoded = decodeEnvelope(READING, envelope);
  return decoded.ok ? decoded.value.signature : new Uint8Array();
}

/** Answers for ten blocks at a time, and for none beyond the first answer that has the block. */
function failsBehind(block: bigint): Misbehaviour {
  let hasAnswered = false;
  return ({ method, id, params }) => {
    if (method !== 'eth_getLogs') return undefined;
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
    const error = { code: -32602, message: 'block range is too wide' };
    if (BigInt(toBlock) - BigInt(fromBlock) >= 10n)
      return { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error }) };
    if (hasAnswered) return { status: 404, body: '' };
    hasAnswered = BigInt(toBlock) >= block;
    return undefined;
  };
}

chainTest('what was found before the node failed is told nevertheless', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id) });
  await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE));
  await rig.settled();
  await gateway.lookForPayments();
  const { blockNumber } = await rig.pay(m3terId, 5n);
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([m3terId, deviceKey(key(44).address)]));
  await rig.mine(100);
  proxy.misbehave = failsBehind(blockNumber + 1n);
  await t.throwsAsync(gateway.lookForPayments());
  proxy.misbehave = () => undefined;
  await gateway.lookForPayments();
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
  t.deepEqual(gateway.account(m3terId)?.device, key(44).address);
});

chainTest('a new device that the registry was not there to name is asked for again', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id) });
  await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE));
  await rig.settled();
  await gateway.lookForPayments();
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([m3terId, deviceKey(key(44).address)]));
  proxy.misbehave = ({ method }) => (method === 'eth_call' ? { status: 404, body: '' } : undefined);
  await t.throwsAsync(gateway.lookForPayments());
  proxy.misbehave = () => undefined;
  await rig.mine(100);
  await gateway.lookForPayments();
  t.deepEqual(gateway.account(m3terId)?.device, key(44).address);
});

chainTest('a node that fails while proofs are taken back has them taken back once', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const meters = [
    { m3terId: await rig.meter(DEVICE), signer: DEVICE },
    { m3terId: await rig.meter(key(43)), signer: key(43) },
  ];
  const chain = new Chain(proxy.url, rig.rig.chain.id);
  let gateway = await rig.start({ chain, confirmations: 2 });
  for (const meter of meters)
    await rig.say(meter.m3terId, 'reading', rig.readings(1, meter)[0] as Uint8Array);
  await rig.settled();
  const before = await rig.request('evm_snapshot');
  await gateway.prove(true);
  t.true(await rig.request('evm_revert', before));
  await rig.mine(4);
  let calls = 0;
  proxy.misbehave = ({ method }) =>
    method === 'eth_call' && ++calls > 1 ? { status: 404, body: '' } : undefined;
  await t.throwsAsync(gateway.prove(true));
  proxy.misbehave = () => undefined;
  await gateway.prove(true);
  await rig.stop();
  gateway = await rig.start({ chain, confirmations: 2 });
  for (const { m3terId } of meters)
    t.is(gateway.account(m3terId)?.proved.reward, 1000n * 10n ** 12n, 'the reward counts once');
});
