import { type Command, InvalidArgumentError, Option } from 'commander';
import { createCrypto } from '../../hosts/node/crypto';
import { Failure, UsageError } from '../errors';
import { readKeyFile } from '../key-file';
import type { SimulationOptions } from '../simulation';
import { chainIdOption } from './options';
import type { Print } from './print';

/** The options by which one says on which chain a simulation is to run. */
export interface ChainOptions {
  readonly chain?: 'anvil' | 'none';
  readonly chainId?: number;
  readonly rpc?: string;
  readonly key?: string;
}

export function addChainOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--chain <kind>',
        'anvil: a chain on this computer (default); none: an operator sells by fiat',
      ).choices(['anvil', 'none']),
    )
    .option('--chain-id <id>', 'of the chain on this computer, 31337 if not given', chainIdOption)
    .option('--rpc <url>', 'another EVM chain instead, by its JSON-RPC; needs --key', rpcOption)
    .option('--key <file>', 'with --rpc: whose account deploys the contracts and pays for everything');
}

/**
 * On which chain to simulate: where there is no program for one on this computer, none, and that is said.
 * @throws UsageError when the options contradict each other, Failure when there is no key in the file
 */
export async function chooseChain(options: ChainOptions, warn: Print): Promise<SimulationOptions['chain']> {
  const { chain, chainId, rpc, key } = options;
  if (rpc !== undefined) return { rpc, key: readKeyFile(createCrypto(), keyOf(options)) };
  if (key !== undefined) throw new UsageError('--key: expected an --rpc to go with it, got none');
  if (chain === 'none' && chainId !== undefined)
    throw new UsageError('--chain-id: expected a chain, got --chain none');
  if (chain === 'none') return 'none';
  const { anvilPath } = await import('../chain/anvil');
  if (anvilPath() !== undefined) return chainId === undefined ? {} : { chainId };
  const platform = `${process.platform} ${process.arch}`;
  warn(
    `no chain: npm has no anvil for ${platform}, so an operator sells by fiat (--rpc URL takes another chain)`,
  );
  return 'none';
}

/** What viem says of a chain that does not do what it is to, in a line without its URL, which can hold a secret. */
export function chainFailure(error: unknown): unknown {
  const { shortMessage, details } = error as { readonly shortMessage?: unknown; readonly details?: unknown };
  if (typeof shortMessage !== 'string') return error;
  const text =
    details === undefined || shortMessage.includes(`${details}`)
      ? shortMessage
      : `${shortMessage} ${details}`;
  return new Failure(`chain: ${text.replaceAll(/\s+/g, ' ')}`);
}

function keyOf({ key, chain, chainId }: ChainOptions): string {
  if (chain !== undefined) throw new UsageError(`--chain: expected it without --rpc, got ${chain}`);
  if (chainId !== undefined)
    throw new UsageError(`--chain-id: expected it without --rpc, which tells its id, got ${chainId}`);
  if (key !== undefined) return key;
  throw new UsageError(
    '--rpc: expected --key FILE of an account with coins to deploy and pay with, got none',
  );
}

export function rpcOption(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError('Expected http://HOST[:PORT][/PATH] or https://….');
  return text;
}
