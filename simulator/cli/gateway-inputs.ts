import type { IClientOptions } from 'mqtt';
import { type Address, bytesToHex, getAddress } from 'viem';
import { z } from 'zod';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { Crypto } from '../../firmware/host';
import { Chain, connectChain } from '../chain/chain';
import type { Deployment } from '../chain/deploy';
import { Failure, UsageError } from '../errors';
import { failureReason } from '../gateway/failure-reason';
import { readKeyFile, readKeyVariable } from '../key-file';
import { readTextFile } from './files';
import { meterBroker, type TlsChoice } from './meter-broker';

export const OPERATOR_VARIABLE = 'M3TER_OPERATOR_KEY';
export const SUBMITTER_VARIABLE = 'M3TER_SUBMITTER_KEY';

const NAMES = ['registry', 'protocol', 'proof'] as const;
type Contracts = Pick<Deployment, (typeof NAMES)[number]>;

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform((text): Address => getAddress(text.toLowerCase()));
const deploymentFile = z.object({
  chainId: z.number().int().positive().optional(),
  block: z.number().int().nonnegative().optional(),
  registry: address,
  protocol: address,
  proof: address,
});

/** What is used of what `m3ter deploy` prints; `chainId` and `block` may be left out by whoever writes it by hand. */
export type DeploymentFile = z.infer<typeof deploymentFile>;

export interface ContractOptions {
  /** A file of JSON. */
  readonly deployment?: string;
  /** 20 bytes each; they go before what the file says. */
  readonly registry?: Uint8Array;
  readonly protocol?: Uint8Array;
  readonly proof?: Uint8Array;
}

/** Where the contracts are. @throws UsageError when one is missing, Failure when the file is none */
export function readContracts(options: ContractOptions): Contracts {
  const { deployment } = options;
  const file = deployment === undefined ? undefined : readDeployment(deployment);
  const found = NAMES.map(name => {
    const bytes = options[name];
    const place = bytes === undefined ? file?.[name] : getAddress(bytesToHex(bytes));
    if (place === undefined)
      throw new UsageError(`expected --deployment FILE or --${name} ADDRESS, got neither`);
    return [name, place];
  });
  return Object.fromEntries(found);
}

/** @throws Failure when it cannot be read, or is none */
export function readDeployment(path: string): DeploymentFile {
  let json: unknown;
  try {
    json = JSON.parse(readTextFile('deployment', path));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`deployment ${path}: expected JSON, got other text`);
  }
  const parsed = deploymentFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues[0]?.path.join('.') || 'an object';
  throw new Failure(
    `deployment ${path}: expected addresses of registry, protocol and proof, got none at ${missing}`,
  );
}

/** As `readKey`. */
export function readOperatorKey(crypto: Crypto, file: string | undefined): SigningKey {
  return readKey(crypto, file, OPERATOR_VARIABLE);
}

/** From the file or the environment. @throws UsageError when there is neither, Failure when it is no key */
export function readKey(crypto: Crypto, file: string | undefined, variable: string): SigningKey {
  const key = file === undefined ? readKeyVariable(crypto, variable) : readKeyFile(crypto, file);
  if (key === undefined) throw new UsageError(`expected --key FILE or $${variable}, got neither`);
  return key;
}

/** The same of who pays; undefined: nobody does. @throws Failure when it is no key */
export function readSubmitterKey(crypto: Crypto, file: string | undefined): SigningKey | undefined {
  return file === undefined ? readKeyVariable(crypto, SUBMITTER_VARIABLE) : readKeyFile(crypto, file);
}

/**
 * What mqtt.js is to be told of TLS, as a meter is. The URL may have a user and a password in it, which a meter has no use for.
 * @throws UsageError when the options do not go together, Failure when a file does not hold what it should
 */
export function readBrokerTls(
  broker: string,
  choice: TlsChoice,
): Pick<IClientOptions, 'ca' | 'cert' | 'key'> {
  const url = new URL(broker);
  url.username = '';
  url.password = '';
  const { authority, certificate, privateKey } = meterBroker(url.href, choice)?.tls ?? {};
  return {
    ...(authority !== undefined && { ca: authority }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(privateKey !== undefined && { key: privateKey }),
  };
}

/** With its id known beforehand, nothing need answer there yet. @throws Failure when nothing answers, without the URL */
export async function openChain(rpc: string, id: number | undefined): Promise<Chain> {
  if (id !== undefined) return new Chain(rpc, id);
  try {
    return await connectChain(rpc);
  } catch (error) {
    throw new Failure(`--rpc: expected a node that answers, or --chain-id N, got ${failureReason(error)}`);
  }
}
