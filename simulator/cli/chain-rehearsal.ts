import { BaseError, RpcError } from 'viem';
import { gasLimit } from '../chain/gas-limit';
import type { ChainSender, Request } from './chain-sender';

/**
 * What calls would use of gas at most, each made after the one before; undefined where the node has no eth_simulateV1.
 * @throws viem's error when a contract refuses one of them, or the node fails
 */
export async function rehearse(
  { address, client }: ChainSender,
  requests: readonly Request[],
): Promise<bigint | undefined> {
  const calls = requests.map(({ address: to, ...call }) => ({ ...call, to, from: address }));
  try {
    const [block] = await client.simulateBlocks({ blocks: [{ calls }] });
    let gas = 0n;
    for (const { error, gasUsed } of block?.calls ?? []) {
      if (error !== undefined) throw error;
      gas += gasUsed;
    }
    return gasLimit(gas);
  } catch (error) {
    if (error instanceof BaseError && error.walk(cause => cause instanceof RpcError)) return undefined;
    throw error;
  }
}
