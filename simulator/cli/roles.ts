import type { Command } from 'commander';
import { ZERO_ADDRESS } from '../../firmware/attest/address';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { addressOption, versionOption } from './options';
import { type Print, printLine } from './print';

interface RolesOptions extends DirectiveOptions {
  readonly owner: Uint8Array;
  readonly operator?: Uint8Array;
  readonly rolesVersion?: number;
}

/**
 * `m3ter roles`: hands a meter over, or gives it another operator; signed by the present owner or by the registrar. The
 * version is Unix time unless given, as that of an order.
 */
export function rolesCommand(print: Print = printLine): Command {
  return directiveCommand('roles', 'Sign and publish whom a meter obeys from now on.')
    .requiredOption('--owner <address>', 'whom the meter belongs to', addressOption)
    .option(
      '--operator <address>',
      'who may sell energy to it (default: nobody but the owner)',
      addressOption,
    )
    .option(
      '--roles-version <n>',
      'must be above that of the roles before (default: Unix time)',
      versionOption,
    )
    .action(async (options: RolesOptions) => {
      const { m3terId, owner, operator = ZERO_ADDRESS } = options;
      const version = options.rolesVersion ?? Math.floor(Date.now() / 1000);
      await sendDirective(options, 'roles', { m3terId, version, owner, operator }, print);
    });
}
