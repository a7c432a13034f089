import { type Address, hexToBytes } from 'viem';
import { M3TER_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';

/** A device's address in a key slot has as many zeros before it. */
const ADDRESS_PADDING = 12;

/**
 * The Ed25519 key that the registry has for a M3ter, as of its last block; undefined where its slot is empty or holds the
 * address of a secp256k1 key, which says nothing about payloads.
 * @throws viem's error when the node fails
 */
export async function readPayloadKey(
  chain: Chain,
  registry: Address,
  m3terId: bigint,
): Promise<Uint8Array | undefined> {
  const call = { address: registry, abi: M3TER_ABI, functionName: 'keyByToken', args: [m3terId] } as const;
  const key = hexToBytes(await chain.client.readContract(call));
  return key.subarray(0, ADDRESS_PADDING).every(byte => byte === 0) ? undefined : key;
}
