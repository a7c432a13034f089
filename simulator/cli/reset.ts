import type { Command } from 'commander';
import { toHex } from '../../firmware/bytes';
import { type Destination, deliverHex, destinationOptions } from './destination';
import { type DirectiveOptions, directiveCommand, makeDirective, sendDirective } from './directive';
import { RESET_FILE } from './link-watch';
import { versionOption } from './options';
import { type Print, printLine } from './print';

interface ResetOptions extends DirectiveOptions, Destination {
  readonly resetVersion?: number;
}

/**
 * `m3ter reset`: makes a meter forget which M3ter it is and whom it obeys; signed by the owner or by the registrar. It goes
 * by the broker, or by hand. The version is Unix time unless given, as that of an order.
 */
export function resetCommand(print: Print = printLine): Command {
  const command = directiveCommand('reset', 'Sign a factory reset, and bring it to its meter.').option(
    '--reset-version <n>',
    'must be above that of the reset before (default: Unix time)',
    versionOption,
  );
  return destinationOptions(command).action(async (options: ResetOptions) => {
    const { m3terId, out, state, serial } = options;
    const version = options.resetVersion ?? Math.floor(Date.now() / 1000);
    const message = { m3terId, version };
    if ((out ?? state ?? serial) === undefined || options.typedData)
      return sendDirective(options, 'reset', message, print);
    const { payload } = makeDirective(options, 'reset', message);
    return deliverHex(options, { command: 'reset', file: RESET_FILE }, toHex(payload), print);
  });
}
