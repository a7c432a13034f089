import type { Command } from 'commander';
import { type BandSetting, MOST_BANDS } from '../../firmware/ledger/tariff-setting';
import { UsageError } from '../errors';
import { bandOption, factorOption } from './band-option';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { momentOption, versionOption } from './options';
import { type Print, printLine } from './print';

interface TariffOptions extends DirectiveOptions {
  readonly band: readonly BandSetting[];
  readonly feedIn: number;
  readonly validFrom: number;
  readonly tariffVersion?: number;
}

/**
 * `m3ter tariff`: says what energy weighs on a meter's balance, by the time of its local week. A tariff is a whole: what no
 * band holds counts as it is. The version is Unix time unless given, as that of an order.
 */
export function tariffCommand(print: Print = printLine): Command {
  return directiveCommand('tariff', 'Sign and publish what energy weighs at which time of the week.')
    .option(
      '--band <days times factor>',
      'like "mon-fri 17:00-22:00 1.5", any number; the first that holds counts, outside of all 1',
      (text: string, before: readonly BandSetting[]) => [...before, ...bandOption(text)],
      [],
    )
    .option('--feed-in <factor>', 'of what is exported, that is earned', factorOption, 0)
    .option('--valid-from <time>', 'from when on: ISO 8601 or Unix seconds, 0 for at once', momentOption, 0)
    .option(
      '--tariff-version <n>',
      'must be above that of the tariff before (default: Unix time)',
      versionOption,
    )
    .action(async (options: TariffOptions) => {
      const { m3terId, band: bands, feedIn: feedInFactor, validFrom } = options;
      if (bands.length > MOST_BANDS)
        throw new UsageError(
          `expected at most ${MOST_BANDS} bands, one over midnight being two, got ${bands.length}`,
        );
      const version = options.tariffVersion ?? Math.floor(Date.now() / 1000);
      await sendDirective(options, 'tariff', { m3terId, version, validFrom, feedInFactor, bands }, print);
    });
}
