import { type Chain, connectChain } from '../chain/chain';
import { type Deployment, openContracts } from '../chain/deploy';
import { Failure } from '../errors';
import type { ChainCommandOptions } from './chain-options';
import { type DeploymentFile, readDeployment } from './gateway-inputs';

/** A chain and the contracts on it. */
export interface ChainPlace {
  readonly chain: Chain;
  readonly deployment: Deployment;
  /** The block from which there can be anything to find. */
  readonly from: bigint;
}

/**
 * What coin is paid with, and what is rewarded with, the contracts say themselves.
 * @throws Failure when the file is none, or names another chain or contracts that do not know each other; viem's errors when
 * the node fails or there are none
 */
export async function openPlace({ rpc, deployment: path }: ChainCommandOptions): Promise<ChainPlace> {
  const file = readDeployment(path);
  const chain = await connectChain(rpc);
  if (file.chainId !== undefined && file.chainId !== chain.id)
    throw new Failure(`--rpc: expected chain ${file.chainId}, as ${path} says, got ${chain.id}`);
  const deployment = await askContracts(chain, file, path);
  return { chain, deployment, from: BigInt(file.block ?? 0) };
}

async function askContracts(
  chain: Chain,
  { registry, protocol, proof }: DeploymentFile,
  path: string,
): Promise<Deployment> {
  // of the coins nothing is asked yet
  const known = { registry, protocol, proof, reward: registry, stablecoin: registry };
  const contracts = openContracts(chain.client, known);
  const [ofProtocol, ofProof, stablecoin, reward] = await Promise.all([
    contracts.protocol.read.registry(),
    contracts.proof.read.registry(),
    contracts.protocol.read.stablecoin(),
    contracts.proof.read.reward(),
  ]);
  for (const named of [ofProtocol, ofProof])
    if (named !== registry)
      throw new Failure(
        `deployment ${path}: expected contracts of registry ${registry}, got some of ${named}`,
      );
  return { registry, protocol, proof, stablecoin, reward };
}
