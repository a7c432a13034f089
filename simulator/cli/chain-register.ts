import { type Command, InvalidArgumentError } from 'commander';
import { bytesToHex, type Hex } from 'viem';
import { deviceKey } from '../chain/signed-reading';
import { UsageError } from '../errors';
import { keyFields, keyText } from './chain-key-slot';
import { type SendingOptions, sendingCommand } from './chain-options';
import { carryOut } from './chain-outcome';
import { warnOfReplacement } from './chain-warning';
import { addressOption, hexOption, m3terIdOption } from './options';
import type { Print } from './print';

interface RegisterOptions extends SendingOptions {
  readonly m3terId: bigint;
  readonly device?: Uint8Array;
  readonly payloadKey?: Uint8Array;
}

/** `m3ter chain register`: says in the registry which device a M3ter is. */
export function registerCommand(print: Print): Command {
  return sendingCommand(
    'register',
    "Bind a M3ter to a meter, in place of the one before. With a registrar's key.",
  )
    .requiredOption('--m3ter-id <n>', 'the M3ter, by its number', m3terIdOption)
    .option('--device <address>', 'the meter, by its address', addressOption)
    .option('--payload-key <hex>', 'or by the Ed25519 key of its M3tering payloads', payloadKeyOption)
    .action((options: RegisterOptions) => {
      const { m3terId } = options;
      const key = keyOf(options);
      return carryOut(options, print, async ({ contracts: { registry } }) => {
        const { request } = await registry.simulate.register([m3terId, key]);
        const before = await registry.read.keyByToken([m3terId]);
        warnOfReplacement(m3terId, before, key);
        const instead = BigInt(before) === 0n ? '' : `, in place of ${keyText(before)}`;
        return {
          request,
          outcome: {
            text: `M3ter ${m3terId} is ${keyText(key)}${instead}`,
            fields: { m3terId, ...keyFields(key) },
          },
        };
      });
    });
}

function keyOf({ device, payloadKey }: RegisterOptions): Hex {
  if (device !== undefined && payloadKey !== undefined)
    throw new UsageError('expected either --device ADDRESS or --payload-key HEX, got both');
  if (device !== undefined) return deviceKey(device);
  if (payloadKey !== undefined) return bytesToHex(payloadKey);
  throw new UsageError('expected either --device ADDRESS or --payload-key HEX, got neither');
}

function payloadKeyOption(text: string): Uint8Array {
  const key = hexOption(text.replace(/^0x/, ''));
  if (key.length !== 32) throw new InvalidArgumentError('Expected an Ed25519 public key: 64 hex digits.');
  return key;
}
