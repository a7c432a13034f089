import { getAbiItem } from 'viem';
import { PROOF_ABI, PROTOCOL_ABI } from '../chain/abi';
import { isRefusal } from '../chain/payments';
import type { ChainPlace } from './chain-place';

/** Of all events of a kind, in a coin's smallest unit. */
export interface Sum {
  readonly amount: bigint;
  readonly count: number;
  /** That the last one is in; undefined where there is none */
  readonly block: bigint | undefined;
}

const REVENUE = getAbiItem({ abi: PROTOCOL_ABI, name: 'Revenue' });
const IMPACT = getAbiItem({ abi: PROOF_ABI, name: 'Impact' });

/** What was paid for a M3ter up to a block; undefined where the node does not look through so many at once. */
export function paidFor(place: ChainPlace, m3terId: bigint, toBlock: bigint): Promise<Sum | undefined> {
  const { chain, deployment, from: fromBlock } = place;
  const query = { address: deployment.protocol, event: REVENUE, args: { tokenId: m3terId } } as const;
  return summed(
    chain.client
      .getLogs({ ...query, fromBlock, toBlock, strict: true })
      .then(events => events.map(({ args, blockNumber }) => ({ amount: args.amount, block: blockNumber }))),
  );
}

/** What its owners were rewarded with for it, in the same way. */
export function rewardedFor(place: ChainPlace, m3terId: bigint, toBlock: bigint): Promise<Sum | undefined> {
  const { chain, deployment, from: fromBlock } = place;
  const query = { address: deployment.proof, event: IMPACT, args: { tokenId: m3terId } } as const;
  return summed(
    chain.client
      .getLogs({ ...query, fromBlock, toBlock, strict: true })
      .then(events => events.map(({ args, blockNumber }) => ({ amount: args.reward, block: blockNumber }))),
  );
}

async function summed(
  asked: Promise<readonly { readonly amount: bigint; readonly block: bigint }[]>,
): Promise<Sum | undefined> {
  try {
    const all = await asked;
    const amount = all.reduce((sum, one) => sum + one.amount, 0n);
    return { amount, count: all.length, block: all.at(-1)?.block };
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
