import { type Address, hexToBytes } from 'viem';
import { M3TER_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';

/** What the registry holds in a meter's key slot. `none`: it is empty, or there is no such token. */
export type KeySlot = { readonly device: Uint8Array } | 'none' | 'no-address';

/** Asks the registry, as of its last block. @throws viem's error when the node fails */
export async function readKeySlot(chain: Chain, registry: Address, m3terId: bigint): Promise<KeySlot> {
  const call = { address: registry, abi: M3TER_ABI, functionName: 'keyByToken', args: [m3terId] } as const;
  const key = hexToBytes(await chain.client.readContract(call));
  if (key.every(byte => byte === 0)) return 'none';
  // an address is left-padded to 32 bytes
  return key.subarray(0, 12).every(byte => byte === 0) ? { device: key.subarray(12) } : 'no-address';
}
