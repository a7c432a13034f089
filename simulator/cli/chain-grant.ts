import { Argument, type Command } from 'commander';
import { bytesToHex, getAddress } from 'viem';
import { type SendingOptions, sendingCommand } from './chain-options';
import { carryOut } from './chain-outcome';
import { addressOption } from './options';
import type { Print } from './print';

interface GrantOptions extends SendingOptions {
  readonly to: Uint8Array;
}

const ROLES = ['minter', 'registrar'] as const;

/** `m3ter chain grant`: lets an account make M3ters, or bind them to meters. */
export function grantCommand(print: Print): Command {
  return sendingCommand('grant', "Give an account a role at the registry. With the admin's key.")
    .addArgument(
      new Argument('<role>', 'MINTER_ROLE makes M3ters, REGISTRAR_ROLE binds them to meters').choices(ROLES),
    )
    .requiredOption('--to <address>', 'the account', addressOption)
    .action((role: (typeof ROLES)[number], options: GrantOptions) =>
      carryOut(options, print, async ({ contracts: { registry } }) => {
        const account = getAddress(bytesToHex(options.to));
        const id = await (role === 'minter' ? registry.read.MINTER_ROLE() : registry.read.REGISTRAR_ROLE());
        const { request } = await registry.simulate.grantRole([id, account]);
        return { request, outcome: { text: `${account} is ${role}`, fields: { account, role } } };
      }),
    );
}
