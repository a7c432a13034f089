import { Command } from 'commander';
import { addressText } from '../../firmware/attest/address';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import type { DirectiveKind, DirectiveMessage } from '../../firmware/directives/directive';
import { createCrypto } from '../../hosts/node/crypto';
import { signDirective } from '../directive';
import { UsageError } from '../errors';
import { readKeyFile } from '../key-file';
import { publishRetained } from '../publish';
import { addressOption, brokerOption, chainIdOption, m3terIdOption } from './options';
import type { Print } from './print';

/** The options that all commands share which sign a directive and publish it. */
export interface DirectiveOptions {
  readonly key: string;
  readonly m3terId: bigint;
  readonly chainId: number;
  readonly registry: Uint8Array;
  readonly broker?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** A command with those options, to which its own are added. */
export function directiveCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--key <file>', "the signer's private key: a file of 64 hex digits")
    .requiredOption('--m3ter-id <n>', 'the meter, by its token id', m3terIdOption)
    .requiredOption('--chain-id <n>', 'the chain that the registry is on', chainIdOption)
    .requiredOption('--registry <address>', 'the M3ter contract', addressOption)
    .option('--broker <url>', 'where to publish, mqtt://HOST[:PORT]', brokerOption)
    .option('--dry-run', 'sign and print, but do not publish')
    .option('--json', 'print {"topic", "payload", "digest", "signer"}');
}

/** Signs the directive, publishes it unless it is a dry run, and prints what was done. */
export async function sendDirective<Kind extends DirectiveKind>(
  options: DirectiveOptions,
  kind: Kind,
  message: DirectiveMessage<Kind> & { readonly m3terId: bigint },
  print: Print,
): Promise<void> {
  const { broker, dryRun, json } = options;
  if (broker === undefined && !dryRun)
    throw new UsageError('expected --broker URL or --dry-run, got neither');
  const crypto = createCrypto();
  const key = readKeyFile(crypto, options.key);
  const { topic, payload, digest, signer } = signDirective(
    new SigningDomain(crypto, options),
    key,
    kind,
    message,
  );
  if (broker !== undefined && !dryRun) await publishRetained(broker, topic, payload);
  const text = {
    topic,
    payload: toHex(payload),
    digest: `0x${toHex(digest)}`,
    signer: addressText(crypto, signer),
  };
  if (json) print(JSON.stringify(text));
  else print(`${dryRun ? 'not published' : 'published'}: ${topic} ${text.payload} signed by ${text.signer}`);
}
