import type { Address, ContractFunctionReturnType, Hex } from 'viem';
import type { PROOF_ABI } from '../chain/abi';
import { openContracts } from '../chain/deploy';
import { type Coin, readCoin } from './chain-coin';
import type { ChainPlace } from './chain-place';
import { paidFor, rewardedFor, type Sum } from './chain-sums';

/** What the contracts say of one M3ter as of a block. Energies in mWh, money in the coin's smallest unit. */
export interface ChainStatement {
  readonly m3terId: bigint;
  readonly chainId: number;
  readonly block: bigint;
  readonly owner: Address;
  /** Of the registry's slot */
  readonly key: Hex;
  readonly coin: Coin;
  /** Of a kWh; 0: not for sale */
  readonly tariff: bigint;
  readonly paid: Sum | undefined;
  /** Bought in all */
  readonly energy: bigint;
  /** That the owner can claim, of all its M3ters */
  readonly revenue: bigint;
  /** Of the last reading of its device that was proved; `sequence` 0: none */
  readonly registers: ContractFunctionReturnType<typeof PROOF_ABI, 'view', 'registersOf'>;
  /** Proved for this M3ter in all, by whichever device */
  readonly lifetimeEnergy: bigint;
  readonly rewardCoin: Coin;
  readonly rewarded: Sum | undefined;
}

/** @throws viem's errors when the node fails, or there is no such M3ter */
export async function readStatement(place: ChainPlace, m3terId: bigint): Promise<ChainStatement> {
  const { chain, deployment } = place;
  const { registry, protocol, proof } = openContracts(chain.client, deployment);
  const block = await chain.client.getBlockNumber();
  const at = { blockNumber: block };
  const owner = await registry.read.ownerOf([m3terId], at);
  const [key, tariff, energy, revenue, registers, lifetimeEnergy] = await Promise.all([
    registry.read.keyByToken([m3terId], at),
    protocol.read.tariffOf([m3terId], at),
    protocol.read.energyOf([m3terId], at),
    protocol.read.revenueOf([owner], at),
    proof.read.registersOf([m3terId], at),
    proof.read.lifetimeEnergy([m3terId], at),
  ]);
  const [coin, paid, rewardCoin, rewarded] = await Promise.all([
    readCoin(chain.client, deployment.stablecoin),
    paidFor(place, m3terId, block),
    readCoin(chain.client, deployment.reward),
    rewardedFor(place, m3terId, block),
  ]);
  return {
    ...{ m3terId, chainId: chain.id, block, owner, key, coin, tariff, paid, energy, revenue },
    ...{ registers, lifetimeEnergy, rewardCoin, rewarded },
  };
}
