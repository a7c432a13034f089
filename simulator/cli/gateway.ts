import { Command, InvalidArgumentError, Option } from 'commander';
import { rpcOption } from './chain-choice';
import { consoleOptions } from './gateway-console';
import { pageOptions } from './gateway-page';
import { type GatewayCommandOptions, runGateway } from './gateway-run';
import { addressOption, brokerOption, chainIdOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';

const HIGHEST_PORT = 65_535;
const MOST_CONFIRMATIONS = 10_000;
/** The first readings of as many meters stay below the 2²⁴ gas that a transaction may use (EIP-7825). */
const LARGEST_BATCH = 128;
const LONGEST_WAIT = 30 * 86_400;

/** `m3ter gateway`: payments to credit, readings to acknowledgement and proof, until a signal. */
export function gatewayCommand(print: Print = printLine): Command {
  const command = new Command('gateway')
    .description(
      'Bridge an MQTT broker and an EVM chain: payments become credit, readings are kept, acknowledged and proved. ' +
        'May be killed at any moment; Ctrl-C ends it.',
    )
    .requiredOption('--broker <url>', 'mqtt://HOST[:PORT] or mqtts://HOST[:PORT]', brokerOption)
    .option('--ca <file>', 'PEM of the only authority to trust for mqtts')
    .option('--cert <file>', 'PEM of the certificate to show the broker')
    .option('--cert-key <file>', 'PEM of its private key')
    .requiredOption('--rpc <url>', 'JSON-RPC of the chain, http or https', rpcOption)
    .option('--chain-id <n>', 'what the chain is to be (default: as it says)', chainIdOption)
    .option('--deployment <file>', 'the addresses of the contracts, as m3ter deploy prints them')
    .option('--registry <address>', 'or one by one: the M3ter contract', addressOption)
    .option('--protocol <address>', 'the contract that takes payments', addressOption)
    .option('--proof <address>', 'the proof of impact', addressOption)
    .option('--key <file>', "the operator's key, 64 hex digits (default: $M3TER_OPERATOR_KEY)")
    .option(
      '--submitter-key <file>',
      'who pays for proofs (default: $M3TER_SUBMITTER_KEY; else none is sent)',
    )
    .requiredOption('--state <dir>', 'where it keeps what it must not forget; made when it is not there')
    .option(
      '--confirmations <n>',
      'blocks on top of a payment until it counts',
      wholeNumberOption(0, MOST_CONFIRMATIONS),
      12,
    )
    .option(
      '--from-block <n>',
      'where to begin when the state is new: the block of the deployment',
      wholeNumberOption(0, Number.MAX_SAFE_INTEGER),
      0,
    )
    .option('--batch <n>', 'readings in a transaction', wholeNumberOption(1, LARGEST_BATCH), 32)
    .option(
      '--longest-wait <seconds>',
      'that a reading waits for its batch to fill',
      wholeNumberOption(0, LONGEST_WAIT),
      3600,
    )
    .addOption(
      new Option('--prove <which>', 'every reading, or the latest of each meter')
        .choices(['all', 'latest'])
        .default('all'),
    )
    .option('--max-gas-price <gwei>', 'send nothing while the chain asks for more', gweiOption)
    .option('--metrics <port>', 'serve /metrics and /health there', wholeNumberOption(0, HIGHEST_PORT))
    .option('--metrics-host <address>', 'on this address', '127.0.0.1')
    .option('--json', 'print each line of the log as JSON')
    .action((options: GatewayCommandOptions) => runGateway(options, print));
  return consoleOptions(pageOptions(command));
}

/** wei for a unit of gas, from Gwei with up to nine decimals. */
function gweiOption(text: string): bigint {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new InvalidArgumentError('Expected Gwei, with at most nine decimals.');
  return BigInt(whole + fraction.padEnd(9, '0'));
}
