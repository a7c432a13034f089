import { Command } from 'commander';
import { bytesToHex, getAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { createCrypto } from '../../hosts/node/crypto';
import { deployContracts } from '../chain/deploy';
import { Failure } from '../errors';
import { failureReason } from '../gateway/failure-reason';
import { readKeyFile } from '../key-file';
import { rpcOption } from './chain-choice';
import { openChain } from './gateway-inputs';
import { addressOption } from './options';
import { type Print, printLine } from './print';

interface DeployCommandOptions {
  readonly rpc: string;
  readonly key: string;
  readonly stablecoin?: Uint8Array;
  readonly treasury?: Uint8Array;
}

/** `m3ter deploy`: the contracts on a chain, as JSON that `m3ter gateway --deployment` takes. */
export function deployCommand(print: Print = printLine): Command {
  return new Command('deploy')
    .description('Deploy the contracts, and print where they are as JSON.')
    .requiredOption('--rpc <url>', 'JSON-RPC of the chain, http or https', rpcOption)
    .requiredOption('--key <file>', 'who pays, and is then the admin of all; 64 hex digits')
    .option(
      '--stablecoin <address>',
      'what people pay with (default: a new one without worth)',
      addressOption,
    )
    .option('--treasury <address>', "who earns the protocol's fee (default: the admin)", addressOption)
    .action((options: DeployCommandOptions) => deploy(options, print));
}

async function deploy({ rpc, key, stablecoin, treasury }: DeployCommandOptions, print: Print): Promise<void> {
  const { privateKey } = readKeyFile(createCrypto(), key);
  const chain = await openChain(rpc, undefined);
  try {
    const deployment = await deployContracts(chain, {
      admin: privateKeyToAccount(bytesToHex(privateKey)),
      ...(stablecoin && { stablecoin: getAddress(bytesToHex(stablecoin)) }),
      ...(treasury && { treasury: getAddress(bytesToHex(treasury)) }),
    });
    const block = Number(await chain.client.getBlockNumber());
    print(JSON.stringify({ chainId: chain.id, block, ...deployment }));
  } catch (error) {
    throw new Failure(`deploy: expected a chain that takes the contracts, got ${failureReason(error)}`);
  }
}
