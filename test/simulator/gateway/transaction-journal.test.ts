import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hash } from 'viem';
import { GatewayStore } from '../../../simulator/gateway/gateway-store';
import { TransactionJournal } from '../../../simulator/gateway/transaction-journal';
import { chainTest, STRANGER, sharedAnvil } from '../../support/anvil';
import { until } from '../../support/session';

const anvil = sharedAnvil();
const GWEI = 10n ** 9n;
const request = (method: string, ...params: unknown[]) => anvil().client.request({ method, params } as never);

chainTest('a transaction that is not mined is replaced when so much more is asked, and found', async t => {
  const directory = mkdtempSync(join(tmpdir(), 'm3ter-journal-'));
  const store = GatewayStore.open(directory);
  const end = new AbortController();
  t.teardown(async () => {
    end.abort();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
    await request('evm_setAutomine', true);
  });
  await request('evm_setAutomine', false);
  const parts = { chain: anvil(), account: STRANGER, store, signal: end.signal };
  const journal = new TransactionJournal({ ...parts, patience: 1 });
  const call = { to: STRANGER.address, data: '0x', gas: 21_000n } as const;
  t.true(await journal.send(call, { link: 7n }));
  // the node refuses an offer that a block has overtaken: the gateway asks again, too
  const askAgain = async (): ReturnType<typeof journal.outcome> =>
    journal.outcome().catch(error => (end.signal.aborted ? Promise.reject(error) : askAgain()));
  const outcome = askAgain();
  outcome.catch(() => undefined);
  const pending = () =>
    anvil().client.getTransactionCount({ address: STRANGER.address, blockTag: 'pending' });
  const nonce = store.intent?.nonce ?? 0;
  t.is(await pending(), nonce + 1);
  // sent again and again by now, at the same price
  await new Promise(resolve => setTimeout(resolve, 50));
  t.is(store.intent?.attempts.length, 1);
  const before = await anvil().client.getTransaction({ hash: store.intent?.attempts[0]?.hash ?? '0x' });
  // a block for which the first offer is too low, and after which more is asked
  const asked = (before.maxFeePerGas ?? 0n) + GWEI;
  await request('anvil_setNextBlockBaseFeePerGas', `0x${asked.toString(16)}`);
  await request('evm_mine');
  await until('it offers more', () => (store.intent?.attempts.length ?? 0) > 1);
  const last = store.intent?.attempts.at(-1)?.hash;
  // written down before the node has it, so that the first block may come too early
  const mining = setInterval(() => void request('evm_mine'), 20);
  const mined = await outcome.finally(() => clearInterval(mining));
  t.deepEqual(mined?.purpose, { link: 7n });
  t.like(mined?.receipt, { transactionHash: last as Hash });
  t.is(await anvil().client.getTransactionCount({ address: STRANGER.address }), nonce + 1);
  await journal.close([]);
  t.is(store.intent, undefined);
});
