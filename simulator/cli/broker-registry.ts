import { type Command, InvalidArgumentError } from 'commander';
import { type Address, bytesToHex, getAddress } from 'viem';
import type { ClaimedMeter } from '../broker/broker-login';
import type { Chain } from '../chain/chain';
import { UsageError } from '../errors';
import { rpcOption } from './chain-choice';
import { openChain, readDeployment } from './gateway-inputs';
import { addressOption, chainIdOption, m3terIdOption } from './options';

/** By which one says whose meters a broker serves. */
export interface RegistryOptions {
  readonly rpc?: string;
  readonly chainId?: number;
  /** A file of JSON. */
  readonly deployment?: string;
  /** 20 bytes; it goes before what the file says. */
  readonly registry?: Uint8Array;
  readonly meter: readonly ClaimedMeter[];
}

export interface RegistryPlace {
  readonly chainId: number;
  readonly registry: Address | undefined;
  /** Undefined where there is none to ask. */
  readonly chain: Chain | undefined;
}

export function registryOptions(command: Command): Command {
  return command
    .option('--rpc <url>', 'JSON-RPC of the chain whose registry knows the meters', rpcOption)
    .option('--chain-id <n>', 'its id (default: as the deployment or the chain says)', chainIdOption)
    .option('--deployment <file>', 'the addresses of the contracts, as m3ter deploy prints them')
    .option('--registry <address>', 'or only that of the M3ter contract', addressOption)
    .option('--meter <address=id>', 'and this device as that M3ter; may be repeated', meterOption, []);
}

/** @throws UsageError when something is missing, Failure when a file is none or the node does not tell its chain */
export async function openRegistry(options: RegistryOptions): Promise<RegistryPlace> {
  const { rpc, meter, deployment } = options;
  if (rpc === undefined && meter.length === 0)
    throw new UsageError('expected --rpc URL or --meter ADDRESS=ID, got neither');
  const file = deployment === undefined ? undefined : readDeployment(deployment);
  const id = options.chainId ?? file?.chainId;
  const chain = rpc === undefined ? undefined : await openChain(rpc, id);
  const chainId = chain?.id ?? id;
  if (chainId === undefined)
    throw new UsageError('expected --chain-id N or a --deployment FILE that has it, got neither');
  const registry = options.registry ? getAddress(bytesToHex(options.registry)) : file?.registry;
  return { chainId, registry, chain };
}

/** @throws UsageError when none is known */
export function knownRegistry({ registry }: RegistryPlace): Address {
  if (registry === undefined)
    throw new UsageError('expected --deployment FILE or --registry ADDRESS, got neither');
  return registry;
}

function meterOption(text: string, others: readonly ClaimedMeter[]): readonly ClaimedMeter[] {
  const [address, id, ...rest] = text.split('=');
  if (address === undefined || id === undefined || rest.length > 0)
    throw new InvalidArgumentError('Expected ADDRESS=ID.');
  return [...others, { device: addressOption(address), m3terId: m3terIdOption(id) }];
}
