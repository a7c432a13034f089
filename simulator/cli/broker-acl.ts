import { Command } from 'commander';
import type { Address } from 'viem';
import { mosquittoAcl } from '../broker/mosquitto-acl';
import { assertChain, type RegisteredMeters, registeredMeters } from '../broker/registered-meters';
import type { Chain } from '../chain/chain';
import { Failure } from '../errors';
import { failureReason } from '../gateway/failure-reason';
import { knownRegistry, openRegistry, type RegistryOptions, registryOptions } from './broker-registry';
import { type Print, printLine } from './print';

/** `m3ter broker-acl`: which meter may use which topics, as a file for mosquitto. */
export function brokerAclCommand(print: Print = printLine): Command {
  const command = new Command('broker-acl')
    .description("Print mosquitto's acl_file for all meters that the registry knows: each at its own topics.")
    .action((options: RegistryOptions) => printAcl(options, print));
  return registryOptions(command);
}

async function printAcl(options: RegistryOptions, print: Print): Promise<void> {
  const place = await openRegistry(options);
  const found =
    place.chain === undefined
      ? { meters: [], otherKeys: [] }
      : await askRegistry(place.chain, knownRegistry(place));
  const meters = [...found.meters, ...options.meter];
  const named = new Set(meters.map(({ m3terId }) => m3terId));
  for (const m3terId of found.otherKeys)
    if (!named.has(m3terId))
      process.stderr.write(
        `M3ter ${m3terId}: left out, as its key is no address; --meter ADDRESS=${m3terId}\n`,
      );
  if (meters.length > 0) print(mosquittoAcl(place.chainId, meters));
}

async function askRegistry(chain: Chain, registry: Address): Promise<RegisteredMeters> {
  try {
    await assertChain(chain);
    return await registeredMeters(chain, registry);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      `--rpc: expected a registry that tells totalSupply and keyByToken, got ${failureReason(error)}`,
    );
  }
}
