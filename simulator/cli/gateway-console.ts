import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ConsoleBridge } from '../console/console-bridge';
import type { ExchangeOptions } from '../console/console-exchange';
import { APPLICATION_ID } from '../console/uplink-event';
import { Failure, UsageError } from '../errors';
import { readTextFile } from './files';
import { brokerOption, wholeNumberOption } from './options';

/** What a Console of M3tering, which knows the bridge as its ChirpStack, has to be told, or is told elsewhere. */
export interface ConsoleOptions {
  /** The Console's APPLICATION_ID; absent: no bridge. */
  readonly console?: string;
  readonly consoleHost: string;
  readonly consoleMqtt?: number;
  readonly consoleBroker?: string;
  readonly consoleGrpc: number;
  readonly consoleToken?: string;
}

/** The client is to be one of its own with a clean session: the bridge takes messages as they come. */
export type ConsoleParts = Omit<ExchangeOptions, 'applicationId'>;

const HIGHEST_PORT = 65_535;
/** Where every Console looks for MQTT: it cannot be told another port. */
const MQTT_PORT = 1883;
const GRPC_PORT = 8080;
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export function consoleOptions(command: Command): Command {
  const portOption = wholeNumberOption(0, HIGHEST_PORT);
  return command
    .option(
      '--console <id>',
      'be the ChirpStack of a M3tering Console with this APPLICATION_ID',
      applicationIdOption,
    )
    .option(
      '--console-host <address>',
      'address that both ports are opened on: the CHIRPSTACK_HOST of the Console',
      '127.0.0.1',
    )
    .addOption(
      new Option('--console-mqtt <port>', `open MQTT for the Console there (default: ${MQTT_PORT})`)
        .argParser(portOption)
        .conflicts('consoleBroker'),
    )
    .option('--console-broker <url>', 'publish uplinks to this broker, of the Console, instead', brokerOption)
    .option('--console-grpc <port>', 'open the gRPC API there', portOption, GRPC_PORT)
    .option(
      '--console-token <file>',
      "holds the Console's API_TOKEN (default: whoever reaches the port may answer)",
    );
}

/** @throws UsageError when others could reach the gRPC port and no token is asked for. */
export function checkConsoleOptions({ console, consoleHost, consoleToken }: ConsoleOptions): void {
  if (console !== undefined && consoleToken === undefined && !LOOPBACK.includes(consoleHost))
    throw new UsageError(
      `--console-host: expected a --console-token with an address that others reach, got ${consoleHost} alone`,
    );
}

/**
 * Starts the bridge that `--console` asks for; undefined when it does not. The libraries are loaded only then.
 * @throws UsageError as `checkConsoleOptions`, Failure when the token cannot be read or a port not be opened
 */
export async function startConsole(
  options: ConsoleOptions,
  parts: ConsoleParts,
): Promise<ConsoleBridge | undefined> {
  checkConsoleOptions(options);
  const { console, consoleHost: host, consoleMqtt: port = MQTT_PORT, consoleBroker: broker } = options;
  if (console === undefined) return undefined;
  const token = options.consoleToken === undefined ? undefined : readToken(options.consoleToken);
  const { startConsoleBridge } = await import('../console/console-bridge');
  try {
    return await startConsoleBridge({
      ...parts,
      applicationId: console,
      console: {
        mqtt: broker === undefined ? { host, port } : { broker },
        grpc: { host, port: options.consoleGrpc },
      },
      ...(token !== undefined && { apiToken: token }),
    });
  } catch (error) {
    throw new Failure(`--console: expected to open its ports, got ${(error as Error).message}`);
  }
}

function readToken(path: string): string {
  const token = readTextFile('token file', path).trim();
  if (!/^[\x21-\x7e]{1,2000}$/.test(token))
    throw new Failure(
      `token file ${path}: expected one word of ASCII, got ${token.length} characters that are none`,
    );
  return token;
}

function applicationIdOption(text: string): string {
  if (!APPLICATION_ID.test(text))
    throw new InvalidArgumentError('Expected 1 to 100 characters without /, + and #.');
  return text;
}
