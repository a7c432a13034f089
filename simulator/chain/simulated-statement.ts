import { type Address, formatUnits } from 'viem';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import { openContracts } from './deploy';
import type { SimulatedMarket } from './simulated-market';

/** Decimals of the stablecoin and of the reward token. */
const DECIMALS = 18;

/** Which chain a simulation ran on, and where its contracts are. */
export interface ChainReport {
  /** EIP-155 */
  readonly id: number;
  readonly blocks: number;
  readonly registry: Address;
  readonly protocol: Address;
  readonly proof: Address;
}

/** What the contracts say of one meter, and what of it was paid. Money in decimals, as text. */
export interface MeterChainReport {
  /** xDAI */
  readonly paid: string;
  readonly bought: MilliwattHours;
  /** Imported in all, by the readings that were proved. */
  readonly proved: MilliwattHours;
  /** Of the last reading that was proved. */
  readonly sequence: number;
  /** That the token's owner got for it. */
  readonly reward: string;
}

/** @throws viem's errors when the chain does not answer */
export async function chainReportOf({ chain: { chain, deployment } }: SimulatedMarket): Promise<ChainReport> {
  const { registry, protocol, proof } = deployment;
  const blocks = Number(await chain.client.getBlockNumber());
  return { id: chain.id, blocks, registry, protocol, proof };
}

/** @throws viem's errors when the chain does not answer */
export async function meterChainReportOf(
  market: SimulatedMarket,
  m3terId: bigint,
): Promise<MeterChainReport> {
  const { chain, deployment } = market.chain;
  const { protocol, proof } = openContracts(chain.client, deployment);
  const { imported, sequence } = await proof.read.registersOf([m3terId]);
  return {
    paid: formatUnits(market.paid(m3terId), DECIMALS),
    bought: milliwattHours(Number(await protocol.read.energyOf([m3terId]))),
    proved: milliwattHours(Number(imported)),
    sequence: Number(sequence),
    reward: formatUnits(market.proved(m3terId)?.reward ?? 0n, DECIMALS),
  };
}
