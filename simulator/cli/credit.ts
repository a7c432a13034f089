import type { Command } from 'commander';
import { kilowattHours, type MilliwattHours } from '../../firmware/energy';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { kilowattHoursOption } from './options';
import { type Print, printLine } from './print';

interface CreditOptions extends DirectiveOptions {
  readonly credited: MilliwattHours;
  readonly withdrawn: MilliwattHours;
}

/** `m3ter credit`: tells a meter how much energy was bought for it, and withdrawn from it, in total. */
export function creditCommand(print: Print = printLine): Command {
  return directiveCommand('credit', 'Sign and publish how much energy a meter was sold, in total, ever.')
    .requiredOption('--credited <kwh>', 'energy bought in total, ever', kilowattHoursOption)
    .option(
      '--withdrawn <kwh>',
      'energy refunded or sold on in total, ever',
      kilowattHoursOption,
      kilowattHours(0),
    )
    .action(async (options: CreditOptions) => {
      const { m3terId, credited, withdrawn } = options;
      await sendDirective(options, 'credit', { m3terId, credited, withdrawn }, print);
    });
}
