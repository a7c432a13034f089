import type { Command } from 'commander';
import { bytesToHex, erc721Abi, getAddress, parseEventLogs } from 'viem';
import { type SendingOptions, sendingCommand } from './chain-options';
import type { Outcome } from './chain-outcome';
import { carryOut } from './chain-outcome';
import { addressOption } from './options';
import type { Print } from './print';

interface MintOptions extends SendingOptions {
  readonly to: Uint8Array;
}

/** `m3ter chain mint`: a new M3ter for an owner. */
export function mintCommand(print: Print): Command {
  return sendingCommand(
    'mint',
    "Make the next M3ter for an owner, and print its number. With a minter's key.",
  )
    .requiredOption('--to <address>', 'its owner', addressOption)
    .action((options: MintOptions) =>
      carryOut(options, print, async ({ contracts }) => {
        const owner = getAddress(bytesToHex(options.to));
        const { request, result } = await contracts.registry.simulate.mint([owner]);
        const outcome = (m3terId: bigint): Outcome => ({
          text: `M3ter ${m3terId} belongs to ${owner}`,
          fields: { m3terId, owner },
        });
        return {
          request,
          outcome: outcome(result),
          // another can have been made before it
          settle({ logs }) {
            const [transfer] = parseEventLogs({ abi: erc721Abi, eventName: 'Transfer', logs });
            return outcome(transfer?.args.tokenId ?? result);
          },
        };
      }),
    );
}
