import { type Command, Option } from 'commander';
import { ORDER_STATES } from '../../firmware/supply/supply';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { momentOption, versionOption, wattsOption } from './options';
import { type Print, printLine } from './print';

interface OrderOptions extends DirectiveOptions {
  readonly state: keyof typeof ORDER_STATES;
  readonly powerLimit: number;
  readonly until: number;
  readonly orderVersion?: number;
}

/**
 * `m3ter order`: switches a meter's supply off or on, or limits it. The version is Unix time unless given, so that
 * each order is newer than those before without anybody keeping count.
 */
export function orderCommand(print: Print = printLine): Command {
  return directiveCommand('order', "Sign and publish an order about a meter's supply.")
    .addOption(
      new Option('--state <state>', 'on: supply as the balance allows; off: none')
        .choices(Object.keys(ORDER_STATES))
        .makeOptionMandatory(),
    )
    .option('--power-limit <watts>', 'largest power, 0 for no limit', wattsOption, 0)
    .option('--until <time>', 'when the order lapses: ISO 8601 or Unix seconds, 0 for never', momentOption, 0)
    .option(
      '--order-version <n>',
      'must be above that of the order before (default: Unix time)',
      versionOption,
    )
    .action(async (options: OrderOptions) => {
      const { m3terId, powerLimit, until } = options;
      const version = options.orderVersion ?? Math.floor(Date.now() / 1000);
      const state = ORDER_STATES[options.state];
      await sendDirective(options, 'supply', { m3terId, version, state, powerLimit, until }, print);
    });
}
