import { Chain } from '../../../simulator/chain/chain';
import { Failure } from '../../../simulator/errors';
import { GatewayStore } from '../../../simulator/gateway/gateway-store';
import { chainTest, DEVICE, STRANGER, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { RpcProxy } from '../../support/rpc-proxy';

const anvil = sharedAnvil();
const BROKEN = {
  status: 400,
  body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"out of order"}}',
};

/** A client to which the broker never answers. */
function mute(rig: GatewayRig) {
  const client = rig.broker.client('gateway');
  client.publishAsync = () => new Promise(() => {});
  return client;
}

chainTest('credit and acknowledgements that were stored and not said are said after a restart', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start({ client: mute(rig) });
  await rig.pay(m3terId, 5n);
  void gateway.lookForPayments().catch(() => undefined);
  for (const reading of rig.readings(3, { m3terId })) await rig.say(m3terId, 'reading', reading);
  while (gateway.account(m3terId)?.acknowledged !== 3 || gateway.account(m3terId)?.credited === 0)
    await new Promise(resolve => setImmediate(resolve));
  await new Promise(resolve => setTimeout(resolve, 20));
  t.deepEqual([rig.told(m3terId, 'credit'), rig.told(m3terId, 'acknowledged')], [undefined, undefined]);
  await rig.stop();
  await rig.start();
  await rig.settled();
  t.deepEqual([rig.told(m3terId, 'credit'), rig.told(m3terId, 'acknowledged')], [5 * KILOWATT_HOUR, 3]);
});

chainTest(
  'after a restart it goes on with the chain of readings, and finds forks in what it stored',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const m3terId = await rig.meter(DEVICE);
    await rig.start();
    const readings = rig.readings(4, { m3terId });
    const fork = rig.readings(4, { m3terId, registers: n => ({ imported: 1000 * n + 5 }) });
    for (const reading of readings.slice(0, 3)) await rig.say(m3terId, 'reading', reading);
    await rig.settled();
    await rig.stop();
    const gateway = await rig.start();
    for (const reading of [fork[1], fork[3], readings[2], readings[3]])
      await rig.say(m3terId, 'reading', reading as Uint8Array);
    await rig.settled();
    t.like(gateway.account(m3terId), { acknowledged: 4, verified: 4, made: 6 });
    t.deepEqual([rig.noticed('reading-refused'), rig.noticed('reading-repeated')], [2, 1]);
    t.is(rig.told(m3terId, 'acknowledged'), 4);
  },
);

/** Proves two readings over a node that breaks down once by `method`, and once more after a restart. */
async function proveInTwoLives(
  rig: GatewayRig,
  proxy: RpcProxy,
  misbehave: RpcProxy['misbehave'],
): Promise<{ readonly rejected: boolean; readonly sent: number; readonly m3terId: bigint }> {
  const m3terId = await rig.meter(DEVICE);
  const chain = new Chain(proxy.url, rig.rig.chain.id);
  const before = await rig.rig.chain.client.getTransactionCount({ address: STRANGER.address });
  let gateway = await rig.start({ chain });
  for (const reading of rig.readings(2, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  proxy.misbehave = misbehave;
  const rejected = await gateway.prove(true).then(
    () => false,
    () => true,
  );
  await rig.stop();
  proxy.misbehave = () => undefined;
  gateway = await rig.start({ chain });
  await gateway.prove(true);
  const after = await rig.rig.chain.client.getTransactionCount({ address: STRANGER.address });
  return { rejected, sent: after - before, m3terId };
}

chainTest('a proof that was written down and not sent is sent after a restart, once', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const outcome = await proveInTwoLives(rig, proxy, ({ method }) =>
    method === 'eth_sendRawTransaction' ? BROKEN : undefined,
  );
  t.like(outcome, { rejected: true, sent: 1 });
  t.like(rig.gateway?.account(outcome.m3terId)?.proved, {
    sequence: 2,
    energy: 2000,
    reward: 2000n * 10n ** 12n,
  });
  t.is(rig.gateway?.health.unproved, 0);
});

chainTest('a proof that was mined and not noted is noted after a restart, and not sent again', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const outcome = await proveInTwoLives(rig, proxy, ({ method }) =>
    method === 'eth_getTransactionReceipt' ? BROKEN : undefined,
  );
  t.like(outcome, { rejected: true, sent: 1 });
  t.like(rig.gateway?.account(outcome.m3terId)?.proved, { sequence: 2, reward: 2000n * 10n ** 12n });
  t.is(rig.gateway?.health.unproved, 0);
});

chainTest(
  'a proof whose receipt is nowhere is found in the registers, and never sent again in vain',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const proxy = await RpcProxy.open(t, anvil().url);
    const outcome = await proveInTwoLives(rig, proxy, ({ method, id }) =>
      method === 'eth_getTransactionReceipt'
        ? { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, result: null }) }
        : undefined,
    );
    t.like(outcome, { rejected: false, sent: 1 });
    t.like(rig.gateway?.account(outcome.m3terId)?.proved, { sequence: 2, energy: 2000 });
    t.is(rig.gateway?.health.unproved, 0);
  },
);

chainTest('a proof that a reorganisation takes back is sent again', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  let gateway = await rig.start({ confirmations: 2 });
  for (const reading of rig.readings(2, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  const before = await rig.request('evm_snapshot');
  await gateway.prove(true);
  t.is(gateway.health.unproved, 0);
  t.true(await rig.request('evm_revert', before));
  await rig.mine(4);
  await rig.stop();
  gateway = await rig.start({ confirmations: 2 });
  await gateway.prove(true);
  t.is(rig.noticed('proof-vanished'), 1);
  t.is(gateway.account(m3terId)?.proved.reward, 2000n * 10n ** 12n, 'the reward counts once');
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 2n });
});

chainTest('a state directory is one process’s, and one registry’s', async t => {
  const rig = await GatewayRig.open(t, anvil());
  await rig.start();
  const second = t.throws(() => GatewayStore.open(rig.directory), { instanceOf: Failure });
  t.regex(second?.message ?? '', /expected a state directory that nothing uses/);
  await rig.stop();
  const deployment = { ...rig.rig.deployment, proof: rig.rig.deployment.protocol };
  const error = await t.throwsAsync(rig.start({ deployment }), { instanceOf: Failure });
  t.regex(error?.message ?? '', /^state: expected that of proof [0-9a-f]{40}, got one of [0-9a-f]{40}$/);
});
