import { Command, InvalidArgumentError } from 'commander';
import { rpcOption } from './chain-choice';
import { wholeNumberOption } from './options';

/** Of all commands of `m3ter chain`. */
export interface ChainCommandOptions {
  readonly rpc: string;
  readonly deployment: string;
  readonly json?: true;
}

/** Of those that send transactions. */
export interface SendingOptions extends ChainCommandOptions {
  readonly key?: string;
  /** Blocks on top of a transaction until it counts as mined. */
  readonly confirmations: number;
  readonly dryRun?: true;
}

/** Whose account signs and pays, where no file says so. */
export const CHAIN_KEY_VARIABLE = 'M3TER_CHAIN_KEY';

const MOST_CONFIRMATIONS = 10_000;

/** A command that only reads. */
export function readingCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--rpc <url>', 'JSON-RPC of the chain, http or https', rpcOption)
    .requiredOption('--deployment <file>', 'the addresses of the contracts, as m3ter deploy prints them')
    .option('--json', 'print one line of JSON: energies in mWh, money in decimals, both as text');
}

/** A command that sends transactions. */
export function sendingCommand(name: string, description: string): Command {
  return readingCommand(name, description)
    .option('--key <file>', `who signs and pays for gas, 64 hex digits (default: $${CHAIN_KEY_VARIABLE})`)
    .option(
      '--confirmations <n>',
      'blocks to wait for on top of its own',
      wholeNumberOption(0, MOST_CONFIRMATIONS),
      0,
    )
    .option('--dry-run', 'say what would happen and what it would cost, and send nothing');
}

/** Money as decimal text, which is exact; of how many decimals is the coin's to say. */
export function amountOption(text: string): string {
  if (!/^\d{1,60}(\.\d{1,80})?$/.test(text))
    throw new InvalidArgumentError('Expected an amount of money like 0.25.');
  return text;
}
