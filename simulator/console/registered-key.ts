import { type Address, bytesToHex, type Hex } from 'viem';
import { M3TER_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';

/** A device's address in a key slot has as many zeros before it: hex digits. */
const ADDRESS_PADDING = '0'.repeat(24);

/**
 * Whether an Ed25519 key is not this M3ter's, by the registry's last block: it is another's, or this one has another. One that
 * the registry does not know is nobody's, as where the slot holds the address of a secp256k1 key.
 * @throws viem's error when the node fails
 */
export async function isForeignKey(
  chain: Chain,
  registry: Address,
  m3terId: bigint,
  publicKey: Uint8Array,
): Promise<boolean> {
  const contract = { address: registry, abi: M3TER_ABI } as const;
  const keyOf = (id: bigint): Promise<Hex> =>
    chain.client.readContract({ ...contract, functionName: 'keyByToken', args: [id] });
  const key = bytesToHex(publicKey);
  const own = await keyOf(m3terId);
  if (own === key) return false;
  if (!own.startsWith(`0x${ADDRESS_PADDING}`)) return true;
  const holder = await chain.client.readContract({ ...contract, functionName: 'tokenByKey', args: [key] });
  // 0 can be a token, and can mean none
  return (await keyOf(holder)) === key;
}
