import { Command, Option } from 'commander';
import { addressText } from '../../firmware/attest/address';
import { encodeEnvelope } from '../../firmware/attest/envelope';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import { DIRECTIVES, type DirectiveKind, type DirectiveMessage } from '../../firmware/directives/directive';
import { meterTopic } from '../../firmware/link/topics';
import { createCrypto } from '../../hosts/node/crypto';
import { type SignedDirective, signDirective } from '../directive';
import { UsageError } from '../errors';
import { readKeyFile } from '../key-file';
import { publishRetained } from '../publish';
import { typedData } from '../typed-data';
import { readBrokerTls } from './gateway-inputs';
import { addressOption, brokerOption, chainIdOption, hexOption, m3terIdOption } from './options';
import type { Print } from './print';

/** The options that all commands share which sign a directive and publish it: one of the first three, and the rest. */
export interface DirectiveOptions {
  readonly key?: string;
  readonly typedData?: true;
  /** As a wallet made it of the typed data; unchecked. */
  readonly signature?: Uint8Array;
  readonly m3terId: bigint;
  readonly chainId: number;
  readonly registry: Uint8Array;
  readonly broker?: string;
  /** Of the broker: files of PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly certKey?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

type WholeMessage<Kind extends DirectiveKind> = DirectiveMessage<Kind> & { readonly m3terId: bigint };

/** A command with those options, to which its own are added; that of a version, if any, is named `--*-version`. */
export function directiveCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--key <file>', "the signer's private key: a file of 64 hex digits")
    .addOption(
      new Option(
        '--typed-data',
        'instead: print what a wallet is to sign, for eth_signTypedData_v4',
      ).conflicts(['key', 'signature', 'broker']),
    )
    .addOption(
      new Option('--signature <hex>', "instead: the wallet's, of what --typed-data printed")
        .argParser(hexOption)
        .conflicts('key'),
    )
    .requiredOption('--m3ter-id <n>', 'the meter, by its token id', m3terIdOption)
    .requiredOption('--chain-id <n>', 'the chain that the registry is on', chainIdOption)
    .requiredOption('--registry <address>', 'the M3ter contract', addressOption)
    .option('--broker <url>', 'where to publish, mqtt:// or mqtts://HOST[:PORT]', brokerOption)
    .option('--ca <file>', 'PEM of the only authority to trust for mqtts')
    .option('--cert <file>', 'PEM of the certificate to show the broker')
    .option('--cert-key <file>', 'PEM of its private key')
    .option('--dry-run', 'sign and print, but do not publish')
    .option('--json', 'print {"topic", "payload", "digest", "signer"}')
    .hook('preAction', command => {
      assertSignerGiven(command.opts());
      assertVersionGiven(command);
    });
}

/** Signs the directive, publishes it unless it is a dry run, and prints what was done; or prints what to sign. */
export async function sendDirective<Kind extends DirectiveKind>(
  options: DirectiveOptions,
  kind: Kind,
  message: WholeMessage<Kind>,
  print: Print,
): Promise<void> {
  const { broker, dryRun, json } = options;
  if (options.typedData) return print(JSON.stringify(typedData(options, DIRECTIVES[kind].type, message)));
  if (broker === undefined && !dryRun)
    throw new UsageError('expected --broker URL or --dry-run, got neither');
  const crypto = createCrypto();
  const { topic, payload, digest, signer } = makeDirective(options, kind, message);
  if (broker !== undefined && !dryRun)
    await publishRetained(broker, topic, payload, { tls: readBrokerTls(broker, options) });
  const text = {
    topic,
    payload: toHex(payload),
    digest: `0x${toHex(digest)}`,
    signer: addressText(crypto, signer),
  };
  if (json) print(JSON.stringify(text));
  else print(`${dryRun ? 'not published' : 'published'}: ${topic} ${text.payload} signed by ${text.signer}`);
}

/** Signs the directive. @throws Failure, UsageError when key or signature are none */
export function makeDirective<Kind extends DirectiveKind>(
  options: DirectiveOptions,
  kind: Kind,
  message: WholeMessage<Kind>,
): SignedDirective {
  return sign(new SigningDomain(createCrypto(), options), options, kind, message);
}

function assertSignerGiven({ key, typedData, signature }: DirectiveOptions): void {
  if (key === undefined && typedData === undefined && signature === undefined)
    throw new UsageError('expected --key, --typed-data or --signature, got none');
}

/** A version that was Unix time when it was signed is another by now, and the signature would be somebody else's. */
function assertVersionGiven(command: Command): void {
  const version = command.options.find(option => option.attributeName().endsWith('Version'));
  if (version === undefined || command.getOptionValue('signature') === undefined) return;
  if (command.getOptionValue(version.attributeName()) === undefined)
    throw new UsageError(`expected ${version.long} as in what was signed, got none`);
}

/** By the wallet or by the key: there is one of them. */
function sign<Kind extends DirectiveKind>(
  domain: SigningDomain,
  { key, signature }: DirectiveOptions,
  kind: Kind,
  message: WholeMessage<Kind>,
): SignedDirective {
  if (signature !== undefined) return signedByWallet(domain, kind, message, signature);
  return signDirective(domain, readKeyFile(domain.crypto, key as string), kind, message);
}

/** Whoever signed something else shows as an address that is nobody's: that cannot be told here. */
function signedByWallet<Kind extends DirectiveKind>(
  domain: SigningDomain,
  kind: Kind,
  message: WholeMessage<Kind>,
  signature: Uint8Array,
): SignedDirective {
  const type: (typeof DIRECTIVES)[Kind]['type'] = DIRECTIVES[kind].type;
  const signer = domain.signer(type, message, signature);
  if (signer === undefined)
    throw new UsageError(
      `expected --signature of 65 bytes r, s, v, with a low s and v of 27 or 28, got ${toHex(signature)}`,
    );
  return {
    topic: meterTopic(domain.chainId, message.m3terId, kind),
    payload: encodeEnvelope(type, message, signature),
    digest: domain.digest(type, message),
    signer,
  };
}
