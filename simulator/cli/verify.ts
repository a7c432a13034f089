import { Command } from 'commander';
import { UsageError } from '../errors';
import { addressOption, chainIdOption, hexOption, m3terIdOption } from './options';
import { type Print, printLine } from './print';
import { type PayloadOptions, verifyPayload } from './verify-payload';
import { type ReadingsOptions, verifyReadings } from './verify-readings';

type VerifyOptions = Partial<PayloadOptions> & Partial<ReadingsOptions>;

/** `m3ter verify`: checks readings in a file, or one M3tering v2 payload. */
export function verifyCommand(print: Print = printLine): Command {
  return new Command('verify')
    .description('Check readings (signature, chain, registers) or an M3tering v2 payload.')
    .argument(
      '[file]',
      "readings in any order, one a line, as mosquitto_sub -F '%t %x' or -F '%U %t %x' prints them: [[time ]topic ]hex; other topics of meters are passed over",
    )
    .option('--registry <address>', 'the M3ter contract that they are signed for', addressOption)
    .option('--chain-id <n>', 'the chain that it is on (default: as the first topic says)', chainIdOption)
    .option(
      '--m3ter-id <n>',
      'whose they must be; topics of others are passed over (default: as the first line says)',
      m3terIdOption,
    )
    .option('--device <address>', 'who must have signed (default: who signed the first)', addressOption)
    .option('--payload <hex>', 'a payload v2 to check instead of a file', hexOption)
    .option('--public-key <hex>', 'the Ed25519 key to check it with (default: the one in it)', hexOption)
    .option('--json', 'print one JSON object')
    .action((file: string | undefined, options: VerifyOptions) => {
      const { payload, registry } = options;
      if ((file === undefined) === (payload === undefined))
        throw new UsageError(
          `expected either FILE or --payload HEX, got ${file === undefined ? 'neither' : 'both'}`,
        );
      if (payload !== undefined) return verifyPayload({ ...options, payload }, print);
      if (file === undefined || registry === undefined)
        throw new UsageError('expected --registry ADDRESS, got none');
      return verifyReadings(file, { ...options, registry }, print);
    });
}
