import type { Address } from 'viem';
import { M3TER_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';
import { refusalOf } from '../chain/revert';
import { Failure } from '../errors';
import { type KeySlot, readKeySlot } from '../gateway/key-slots';
import type { ClaimedMeter } from './broker-login';

/** What a registry has in a token's key slot, or that there is no such token. */
export type TokenSlot = KeySlot | 'no-token';

/** Calls to a node at a time. */
const AT_A_TIME = 10;

/** @throws Failure when it is another chain than it should be, viem's error when the node fails */
export async function assertChain(chain: Chain): Promise<void> {
  const id = await chain.client.getChainId();
  if (id !== chain.id) throw new Failure(`--rpc: expected chain ${chain.id}, got ${id}`);
}

/** Asks the registry, as of its last block. @throws viem's error when the node fails */
export async function readTokenSlot(chain: Chain, registry: Address, m3terId: bigint): Promise<TokenSlot> {
  const slot = await readKeySlot(chain, registry, m3terId);
  if (slot !== 'none') return slot;
  const call = { address: registry, abi: M3TER_ABI, functionName: 'ownerOf', args: [m3terId] } as const;
  const refusal = await refusalOf(chain.client.readContract(call));
  return refusal === undefined ? 'none' : 'no-token';
}

export interface RegisteredMeters {
  readonly meters: readonly ClaimedMeter[];
  /** Tokens whose key is no address, as the Ed25519 key of payloads is none. */
  readonly otherKeys: readonly bigint[];
}

/** All that a registry binds, which must number its tokens from 0 or 1. @throws viem's error when the node fails */
export async function registeredMeters(chain: Chain, registry: Address): Promise<RegisteredMeters> {
  const call = { address: registry, abi: M3TER_ABI, functionName: 'totalSupply' } as const;
  const last = await chain.client.readContract(call);
  const meters: ClaimedMeter[] = [];
  const otherKeys: bigint[] = [];
  for (let first = 0n; first <= last; first += BigInt(AT_A_TIME)) {
    const ids = Array.from({ length: AT_A_TIME }, (_, k) => first + BigInt(k)).filter(id => id <= last);
    const slots = await Promise.all(ids.map(id => readKeySlot(chain, registry, id)));
    for (const [k, m3terId] of ids.entries()) {
      const slot = slots[k];
      if (typeof slot === 'object') meters.push({ m3terId, device: slot.device });
      else if (slot === 'no-address') otherKeys.push(m3terId);
    }
  }
  return { meters, otherKeys };
}
