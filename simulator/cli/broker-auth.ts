import { Command, InvalidArgumentError } from 'commander';
import { hexToBytes } from 'viem';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { createCrypto } from '../../hosts/node/crypto';
import { BrokerAuth, type BrokerAuthOptions } from '../broker/broker-auth';
import { serveBrokerAuth } from '../broker/broker-auth-server';
import { KeySlotCache } from '../broker/key-slot-cache';
import { RefusalLog } from '../broker/refusal-log';
import { assertChain, readTokenSlot } from '../broker/registered-meters';
import { Failure, UsageError } from '../errors';
import { failureReason } from '../gateway/failure-reason';
import { withNativeSignatures } from '../native-signatures';
import {
  knownRegistry,
  openRegistry,
  type RegistryOptions,
  type RegistryPlace,
  registryOptions,
} from './broker-registry';
import { readTextFile } from './files';
import { interruptible } from './interruption';
import { wholeNumberOption } from './options';
import { type Print, printLine } from './print';

interface BrokerAuthCommandOptions extends RegistryOptions {
  readonly listen: number;
  readonly host: string;
  readonly name: readonly string[];
  readonly vhost: string;
  readonly user?: string;
  readonly passwordFile?: string;
}

const HIGHEST_PORT = 65_535;

/** `m3ter broker-auth`: answers RabbitMQ's HTTP backend about meters and the gateway, until a signal. */
export function brokerAuthCommand(print: Print = printLine): Command {
  const command = new Command('broker-auth')
    .description(
      "Answer RabbitMQ's HTTP backend: meters log in by their signature of the day and use their own topics only. " +
        'Ctrl-C ends it.',
    )
    .requiredOption('--listen <port>', 'of HTTP', wholeNumberOption(0, HIGHEST_PORT))
    .option('--host <address>', 'on this address', '127.0.0.1')
    .requiredOption('--name <host>', 'of the broker, as meters are told it; may be repeated', nameOption)
    .option('--vhost <name>', "RabbitMQ's, in which MQTT is", '/')
    .option('--user <name>', 'of the gateway, who may use every topic under m3ter/')
    .option('--password-file <file>', "the gateway's password, one line")
    .action((options: BrokerAuthCommandOptions) => runBrokerAuth(options, print));
  return registryOptions(command);
}

/** Until a signal ends it. @throws UsageError, Failure */
async function runBrokerAuth(options: BrokerAuthCommandOptions, print: Print): Promise<void> {
  const gateway = readGateway(options);
  const place = await openRegistry(options);
  const log = new RefusalLog(print);
  const auth = new BrokerAuth({
    ...registryTerms(place, log),
    ...(gateway && { gateway }),
    names: options.name,
    now: () => Date.now() / 1000,
    vhost: options.vhost,
    meters: options.meter,
  });
  await interruptible(async signal => {
    const { host, listen: port } = options;
    const server = await serveBrokerAuth({ host, port, auth, onRefusal: (...about) => log.note(...about) });
    process.stderr.write(`asked on http://${host}:${server.port}/user, /vhost, /resource and /topic\n`);
    if (!signal.aborted)
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    await server.close();
  });
}

/** Whose meters these are, and what is known of them. */
function registryTerms(place: RegistryPlace, log: RefusalLog): Pick<BrokerAuthOptions, 'domain' | 'slot'> {
  const { chain, chainId } = place;
  const registry = knownRegistry(place);
  const crypto = withNativeSignatures(createCrypto());
  const domain = new SigningDomain(crypto, { chainId, registry: hexToBytes(registry) });
  if (chain === undefined) return { domain, slot: async () => 'no-token' };
  let isRight = false;
  const read = async (m3terId: bigint) => {
    // once: the node need not be there at the start
    if (!isRight) await assertChain(chain);
    isRight = true;
    return readTokenSlot(chain, registry, m3terId);
  };
  const slots = new KeySlotCache(
    read,
    () => performance.now(),
    error => log.line(`chain-failed ${failureReason(error)}`),
  );
  return { domain, slot: m3terId => slots.slot(m3terId) };
}

/** @throws UsageError when one of the two is missing, Failure, which does not tell what is in it, when the file has none */
function readGateway({ user, passwordFile }: BrokerAuthCommandOptions): BrokerAuthOptions['gateway'] {
  if (user === undefined && passwordFile === undefined) return undefined;
  if (user === undefined || passwordFile === undefined)
    throw new UsageError('expected --user NAME and --password-file FILE together, got one of them');
  const password = readTextFile('password file', passwordFile).replace(/\r?\n$/, '');
  if (!/^[\x20-\x7e]+$/.test(password))
    throw new Failure(`password file ${passwordFile}: expected one line of ASCII, got none or other text`);
  return { user, password };
}

/** As the meter's `Login` has it: what it was told, to the letter. */
function nameOption(text: string, others: readonly string[] = []): readonly string[] {
  if (!/^[\x21-\x7e]{1,255}$/.test(text)) throw new InvalidArgumentError('Expected the name of a host.');
  return [...others, text];
}
