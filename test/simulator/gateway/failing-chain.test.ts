import { Chain } from '../../../simulator/chain/chain';
import { chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { RpcProxy } from '../../support/rpc-proxy';
import { until } from '../../support/session';

const anvil = sharedAnvil();

chainTest(
  'a node that limits, fails, talks nonsense or stalls delays credit and no acknowledgement',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const proxy = await RpcProxy.open(t, anvil().url);
    const m3terId = await rig.meter(DEVICE);
    await rig.rig.fund(1000n * UNIT);
    const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id) });
    await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE), true);
    await rig.settled();
    await rig.pay(m3terId, 5n);
    const troubles = [
      ...Array.from({ length: 4 }, () => ({ status: 429, body: 'slow down' })),
      ...Array.from({ length: 3 }, () => ({ status: 500, body: '{}' })),
      { status: 200, body: '<html>maintenance</html>' },
      'stall' as const,
    ];
    proxy.misbehave = () => troubles.shift();
    const end = new AbortController();
    const running = gateway.run(end.signal);
    const readings = rig.readings(3, { m3terId });
    for (const reading of readings) await rig.say(m3terId, 'reading', reading);
    await until('all are acknowledged meanwhile', () => rig.told(m3terId, 'acknowledged') === 3);
    t.is(rig.told(m3terId, 'credit'), undefined);
    t.false(gateway.health.chain);
    await until('the stall is reached', () => proxy.stalled === 1);
    t.true(rig.noticed('chain-failed') >= 2);
    end.abort();
    await running;
    proxy.hangUp();
    await gateway.lookForPayments();
    await rig.settled();
    t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
    t.true(gateway.health.chain);
  },
);

chainTest('a node that answers for few blocks at a time is asked for few', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const proxy = await RpcProxy.open(t, anvil().url);
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  await rig.pay(m3terId, 5n);
  await rig.mine(10);
  const spans: number[] = [];
  proxy.misbehave = ({ method, id, params }) => {
    if (method !== 'eth_getLogs') return undefined;
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
    const span = Number(toBlock) - Number(fromBlock) + 1;
    spans.push(span);
    const error = { code: -32602, message: 'block range is too wide' };
    return span <= 5 ? undefined : { status: 200, body: JSON.stringify({ jsonrpc: '2.0', id, error }) };
  };
  const gateway = await rig.start({ chain: new Chain(proxy.url, rig.rig.chain.id) });
  await gateway.lookForPayments();
  t.is(gateway.account(m3terId)?.credited as number, 5 * KILOWATT_HOUR);
  t.true(spans.some(span => span > 5) && spans.some(span => span <= 5));
});

chainTest('a node of another chain is refused by its id, and nothing is credited', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start({ chain: new Chain(anvil().url, 100) });
  await t.throwsAsync(gateway.lookForPayments(), { message: 'chain: expected id 100, got 31337' });
  t.false(gateway.health.chain);
});

chainTest('nothing is sent while gas is dearer than it may be', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  let gateway = await rig.start({ maxGasPrice: 1n });
  for (const reading of rig.readings(2, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await gateway.prove(true);
  t.deepEqual([rig.noticed('gas-too-dear'), gateway.health.unproved], [1, 2]);
  await rig.stop();
  gateway = await rig.start({ maxGasPrice: 10n ** 12n });
  await gateway.prove(true);
  t.is(gateway.health.unproved, 0);
});

chainTest('batches are full, or late, or of the latest of each meter', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  let now = 1000;
  const options = { batchSize: 3, longestWait: 100, now: () => now };
  let gateway = await rig.start(options);
  const readings = rig.readings(7, { m3terId });
  for (const reading of readings.slice(0, 4)) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await gateway.prove();
  t.is(gateway.health.unproved, 1, 'a full batch');
  await gateway.prove();
  now += 99;
  await gateway.prove();
  t.is(gateway.health.unproved, 1, 'not late yet');
  now += 1;
  await gateway.prove();
  t.is(gateway.health.unproved, 0, 'late');
  await rig.stop();
  gateway = await rig.start({ ...options, policy: 'latest' });
  for (const reading of readings.slice(4)) await rig.say(m3terId, 'reading', reading);
  await rig.settled();
  await gateway.prove(true);
  t.is(gateway.health.unproved, 0);
  t.is(
    rig.notices.filter(({ code, detail }) => code === 'batch-mined' && detail?.startsWith('1 ')).length,
    2,
  );
  t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 7n, imported: 7000n });
});
