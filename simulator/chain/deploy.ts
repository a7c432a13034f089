import { type Abi, type Account, type Address, getAddress, getContract } from 'viem';
import { M3TER_ABI, PROOF_ABI, PROTOCOL_ABI, REWARD_ABI, STABLECOIN_ABI } from './abi';
import type { Chain, ReadingClient, SendingClient } from './chain';
import { type ContractName, compileContracts } from './compile';

/** Where the contracts are on one chain. */
export interface Deployment {
  readonly registry: Address;
  readonly protocol: Address;
  readonly proof: Address;
  readonly reward: Address;
  readonly stablecoin: Address;
}

export interface DeployOptions {
  /** Pays for it and is then the admin and owner of all, minter and registrar. */
  readonly admin: Account;
  /** Who earns the fee; the admin when absent. */
  readonly treasury?: Address;
  /** What people pay with; absent: a new one without worth, with a faucet. */
  readonly stablecoin?: Address;
  /** What a proved mWh earns, in the reward token's smallest unit; absent: 10¹², one token a kWh */
  readonly rewardRate?: bigint;
}

const ONE_TOKEN_PER_KILOWATT_HOUR = 10n ** 12n;

/** Deploys registry, protocol, proof, reward and, where none is given, a stablecoin, each knowing the others. */
export async function deployContracts(chain: Chain, options: DeployOptions): Promise<Deployment> {
  const { admin, treasury = admin.address, rewardRate = ONE_TOKEN_PER_KILOWATT_HOUR } = options;
  const stablecoin = options.stablecoin ?? (await deployContract(chain, admin, 'Stablecoin', []));
  const registry = await deployContract(chain, admin, 'M3ter', [admin.address]);
  const reward = await deployContract(chain, admin, 'Reward', [admin.address]);
  const proof = await deployContract(chain, admin, 'ProofOfImpact', [
    registry,
    reward,
    admin.address,
    rewardRate,
  ]);
  const protocol = await deployContract(chain, admin, 'Protocol', [
    registry,
    stablecoin,
    proof,
    admin.address,
    treasury,
  ]);
  const deployment = { registry, protocol, proof, reward, stablecoin };
  await introduce(chain, admin, deployment);
  return deployment;
}

/** @returns where it is. @throws Error when the deployment reverts */
export async function deployContract(
  chain: Chain,
  deployer: Account,
  name: ContractName,
  args: readonly unknown[],
): Promise<Address> {
  const { abi, bytecode } = (await compileContracts())[name];
  const hash = await chain.as(deployer).deployContract({ abi: abi as Abi, bytecode, args });
  const { contractAddress } = await chain.mined(hash);
  if (!contractAddress) throw new Error(`${name}: expected a contract at an address, got none`);
  return getAddress(contractAddress);
}

/** Gives the roles, and tells the registry where its metadata come from. */
async function introduce(chain: Chain, admin: Account, deployment: Deployment): Promise<void> {
  const { registry, reward } = openContracts(chain.as(admin), deployment);
  for (const role of [await registry.read.MINTER_ROLE(), await registry.read.REGISTRAR_ROLE()])
    await chain.mined(await registry.write.grantRole([role, admin.address]));
  await chain.mined(await reward.write.grantRole([await reward.read.MINTER_ROLE(), deployment.proof]));
  await chain.mined(await registry.write.setSources([deployment.protocol, deployment.proof]));
}

/** The contracts as objects, typed by viem: `read`, `simulate`, `getEvents`, and `write` in a sending client's name. */
export function openContracts<Client extends ReadingClient | SendingClient>(
  client: Client,
  { registry, protocol, proof, reward, stablecoin }: Deployment,
) {
  return {
    registry: getContract({ address: registry, abi: M3TER_ABI, client }),
    protocol: getContract({ address: protocol, abi: PROTOCOL_ABI, client }),
    proof: getContract({ address: proof, abi: PROOF_ABI, client }),
    reward: getContract({ address: reward, abi: REWARD_ABI, client }),
    stablecoin: getContract({ address: stablecoin, abi: STABLECOIN_ABI, client }),
  };
}
