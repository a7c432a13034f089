import test from 'ava';
import { anvilAccount, startAnvil } from '../../../simulator/chain/anvil';
import { connectChain } from '../../../simulator/chain/chain';
import { ADMIN, BUYER, ChainRig, chainTest, OWNER, sharedAnvil, UNIT } from '../../support/anvil';

const anvil = sharedAnvil({ chainId: 4689 });

chainTest('a chain at any URL tells its id', async t => {
  const chain = await connectChain(anvil().url);
  t.is(chain.id, 4689);
  t.is(chain.url, anvil().url);
  await t.throwsAsync(connectChain('http://127.0.0.1:9'), { name: 'HttpRequestError' });
});

chainTest('its accounts have coins, and are the same every time', async t => {
  t.is(anvilAccount(0).address, '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266');
  for (const index of [0, 9]) {
    const { address } = anvilAccount(index);
    t.true((await anvil().client.getBalance({ address })) > UNIT);
  }
});

test('an account that anvil does not have is misuse', t => {
  for (const index of [-1, 10, 0.5]) t.throws(() => anvilAccount(index), { instanceOf: RangeError });
});

chainTest('with a block time, a transaction waits for the next block', async t => {
  const slow = await startAnvil({ blockTime: 3600 });
  t.teardown(() => slow.stop());
  const hash = await slow.as(ADMIN).sendTransaction({ to: BUYER.address, value: 1n });
  const { blockNumber } = await slow.client.getTransaction({ hash });
  t.is<bigint | null, null>(blockNumber, null);
  await slow.client.request({ method: 'evm_mine' } as never);
  t.is((await slow.mined(hash)).status, 'success');
});

chainTest('a stopped chain answers nobody', async t => {
  const other = await startAnvil();
  await other.client.getBlockNumber();
  await other.stop();
  await t.throwsAsync(connectChain(other.url), { name: 'HttpRequestError' });
  await other.stop();
});

chainTest('a transaction that was mined and reverted is no success', async t => {
  const rig = await ChainRig.deploy(anvil());
  const to = rig.deployment.protocol;
  const hash = await anvil().as(BUYER).sendTransaction({ to, data: '0xffffffff', gas: 100_000n });
  await t.throwsAsync(anvil().mined(hash), { message: /expected success, got a revert/ });
});

chainTest('the contracts take a stablecoin that the chain already has', async t => {
  const first = await ChainRig.deploy(anvil());
  const { stablecoin } = first.deployment;
  const second = await ChainRig.deploy(anvil(), { stablecoin });
  const m3terId = await second.mint();
  await second.done(second.as(OWNER).protocol.write.setTariff([m3terId, UNIT]));
  await second.fund(UNIT);
  await second.done(second.as(BUYER).protocol.write.pay([m3terId, UNIT]));
  t.is(await first.contracts.stablecoin.read.balanceOf([second.deployment.protocol]), UNIT);
});
