import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Hex, parseTransaction, type TransactionSerialized } from 'viem';
import { Chain } from '../../../simulator/chain/chain';
import { GatewayStore } from '../../../simulator/gateway/gateway-store';
import { TransactionJournal } from '../../../simulator/gateway/transaction-journal';
import { chainTest, STRANGER, sharedAnvil } from '../../support/anvil';
import { type Misbehaviour, RpcProxy } from '../../support/rpc-proxy';

const anvil = sharedAnvil();
const CALL = { to: STRANGER.address, data: '0x', gas: 21_000n } as const;
const request = (method: string, ...params: unknown[]) => anvil().client.request({ method, params } as never);
const refusal = (message: string) => ({
  status: 200,
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32000, message } }),
});

/** A journal over a node that misbehaves as it is told, and that mines only when it is told. */
async function open(t: ExecutionContext, patience = 1) {
  const directory = mkdtempSync(join(tmpdir(), 'm3ter-journal-'));
  const store = GatewayStore.open(directory);
  const end = new AbortController();
  const proxy = await RpcProxy.open(t, anvil().url);
  t.teardown(async () => {
    end.abort();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
    await request('evm_setAutomine', true);
  });
  await request('evm_setAutomine', false);
  const chain = new Chain(proxy.url, anvil().id);
  const parts = { chain, account: STRANGER, store, signal: end.signal };
  return { journal: new TransactionJournal({ ...parts, patience }), proxy, store };
}

/** What becomes of the open transaction, with a block every now and then; whatever throws is tried again, for 3 s. */
async function outcome(journal: TransactionJournal, mine = true) {
  const mining = setInterval(() => mine && void request('evm_mine'), 20);
  try {
    for (let attempt = 0; attempt < 30; attempt++) {
      const late = new Promise<'late'>(resolve => setTimeout(() => resolve('late'), 3000));
      const one = await Promise.race([journal.outcome().catch(() => undefined), late]);
      if (one !== undefined) return one;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    return 'never';
  } finally {
    clearInterval(mining);
  }
}

chainTest('what the node refuses for its price goes for a higher one', async t => {
  const { journal, proxy, store } = await open(t, 60_000);
  proxy.misbehave = ({ method }) =>
    method === 'eth_sendRawTransaction' ? refusal('out of order') : undefined;
  await t.throwsAsync(journal.send(CALL, { link: 1n }));
  const { maxFeePerGas: offer = 0n } = parseTransaction(
    store.intent?.attempts[0]?.serialized as TransactionSerialized,
  );
  await request('anvil_setNextBlockBaseFeePerGas', `0x${(offer * 50n).toString(16)}`);
  await request('evm_mine');
  // a sequencer keeps nothing that cannot pay now
  proxy.misbehave = ({ method, params }) => {
    if (method !== 'eth_sendRawTransaction') return undefined;
    const { maxFeePerGas = 0n } = parseTransaction(params[0] as TransactionSerialized);
    return maxFeePerGas <= offer ? refusal('max fee per gas less than block base fee') : undefined;
  };
  t.like(await outcome(journal), { receipt: { status: 'success' } });
});

/** As geth: to replace a transaction, both of its fees must be a tenth higher. */
function gethPool(): Misbehaviour {
  const pool = new Map<number, { readonly tip: bigint; readonly fee: bigint; readonly raw: unknown }>();
  return ({ method, params }) => {
    if (method !== 'eth_sendRawTransaction') return undefined;
    const transaction = parseTransaction(params[0] as TransactionSerialized);
    const { nonce = 0, maxFeePerGas: fee = 0n, maxPriorityFeePerGas: tip = 0n } = transaction;
    const known = pool.get(nonce);
    if (known?.raw === params[0]) return refusal('already known');
    if (known !== undefined && (fee * 10n < known.fee * 11n || tip * 10n < known.tip * 11n))
      return refusal('replacement transaction underpriced');
    pool.set(nonce, { tip, fee, raw: params[0] });
    return undefined;
  };
}

chainTest('what replaces a transaction offers more in both of its fees', async t => {
  const { journal, proxy, store } = await open(t);
  proxy.misbehave = gethPool();
  await journal.send(CALL, { link: 1n });
  const { maxFeePerGas: offer = 0n } = parseTransaction(
    store.intent?.attempts[0]?.serialized as TransactionSerialized,
  );
  await request('anvil_setNextBlockBaseFeePerGas', `0x${(offer * 50n).toString(16)}`);
  await request('evm_mine');
  t.like(await outcome(journal), { receipt: { status: 'success' } });
});

chainTest('a transaction of others that is dropped from before ours does not hold it up', async t => {
  const { journal } = await open(t);
  const other = await anvil().as(STRANGER).sendTransaction({ to: STRANGER.address, value: 1n });
  await journal.send(CALL, { link: 1n }).catch(() => undefined);
  await request('anvil_dropTransaction', other);
  t.like(await outcome(journal), { receipt: { status: 'success' } });
});

chainTest('one that a reorganisation has left without those before it is given up', async t => {
  const { journal } = await open(t);
  const before = (await request('evm_snapshot')) as Hex;
  await journal.send(CALL, { link: 1n });
  t.like(await outcome(journal), { receipt: { status: 'success' } });
  await journal.close([]);
  await journal.send(CALL, { link: 2n });
  t.true(await request('evm_revert', before));
  t.like(await outcome(journal, false), { purpose: { link: 2n }, receipt: 'lost' });
});
