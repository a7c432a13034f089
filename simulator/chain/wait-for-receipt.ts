import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, type Hash, type TransactionReceipt, TransactionReceiptNotFoundError } from 'viem';
import type { ReadingClient } from './chain';

export interface ReceiptOptions {
  /** Blocks on top of its own. */
  readonly confirmations: number;
  /** ms */
  readonly timeout: number;
  /** Whose transaction it is, and its number: to see when another one takes that. */
  readonly place?: Place;
}

interface Place {
  readonly from: Address;
  readonly nonce: number;
}

type Client = Pick<ReadingClient, 'getTransactionReceipt' | 'getTransactionCount' | 'getBlockNumber'>;

/** ms between looks: at once where blocks are, at most so long elsewhere */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 2000;
/** ms of looks for a receipt whose number is used up: nodes behind one address are not all equally far. */
const PATIENCE = 5000;

/**
 * The receipt of a transaction, asked for anew at each look, since a reorganisation can move it; `replaced` when another one
 * of its account has its number, `late` when there is none in time. (viem's own wait goes by new blocks, and where these come
 * only with transactions it can miss the last one.)
 * @throws viem's error when the node fails
 */
export async function waitForReceipt(
  client: Client,
  hash: Hash,
  { confirmations, timeout, place }: ReceiptOptions,
): Promise<TransactionReceipt | 'replaced' | 'late'> {
  const end = performance.now() + timeout;
  let replacedAt = end;
  for (let pause = FIRST_PAUSE; performance.now() < end; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const receipt = await receiptOf(client, hash);
    if (receipt !== undefined) {
      const depth = confirmations === 0 ? 0n : (await client.getBlockNumber()) - receipt.blockNumber;
      if (depth >= confirmations) return receipt;
    } else if (place !== undefined && (await isUsed(client, place))) {
      if (performance.now() >= replacedAt) return 'replaced';
      replacedAt = Math.min(replacedAt, performance.now() + PATIENCE);
    }
    await sleep(pause);
  }
  return 'late';
}

async function receiptOf(client: Client, hash: Hash): Promise<TransactionReceipt | undefined> {
  try {
    return await client.getTransactionReceipt({ hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

/** Whether a transaction with that number was mined. */
async function isUsed(client: Client, { from: address, nonce }: Place): Promise<boolean> {
  return (await client.getTransactionCount({ address })) > nonce;
}
