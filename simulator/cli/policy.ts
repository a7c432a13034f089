import type { Command } from 'commander';
import {
  INITIAL_POLICY,
  isPossiblePolicy,
  POLICY_FIELDS,
  type PolicyFieldName,
} from '../../firmware/ledger/policy';
import { UsageError } from '../errors';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { versionOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';

interface PolicyOptions extends DirectiveOptions {
  readonly sealed: boolean;
  readonly nominalVoltage: number;
  readonly sag: number;
  readonly swell: number;
  readonly interruption: number;
  readonly policyVersion?: number;
}

/**
 * `m3ter policy`: says what a meter's owner lets it do, and what its grid is like. A policy is a whole: what is not
 * given is as it was before there was any. The version is Unix time unless given, as that of an order.
 */
export function policyCommand(print: Print = printLine): Command {
  return directiveCommand('policy', "Sign and publish what a meter's owner lets it do.")
    .option('--sealed', 'the calibration must stay as it is', INITIAL_POLICY.sealed === 1)
    .option('--no-sealed', 'the calibration may change')
    .option(
      '--nominal-voltage <volts>',
      'between phase and neutral',
      within('nominalVoltage'),
      INITIAL_POLICY.nominalVoltage,
    )
    .option('--sag <n>', 'thousandths of it, below which it sags', within('sag'), INITIAL_POLICY.sag)
    .option('--swell <n>', 'thousandths, above which it swells', within('swell'), INITIAL_POLICY.swell)
    .option(
      '--interruption <n>',
      'thousandths, below which it is interrupted',
      within('interruption'),
      INITIAL_POLICY.interruption,
    )
    .option(
      '--policy-version <n>',
      'must be above that of the policy before (default: Unix time)',
      versionOption,
    )
    .action(async (options: PolicyOptions) => {
      const { m3terId, nominalVoltage, sag, swell, interruption } = options;
      const version = options.policyVersion ?? Math.floor(Date.now() / 1000);
      const sealed = options.sealed ? 1 : 0;
      const policy = { version, sealed, nominalVoltage, sag, swell, interruption };
      if (!isPossiblePolicy(policy))
        throw new UsageError(`expected --interruption below --sag, got ${interruption} and ${sag}`);
      await sendDirective(options, 'policy', { m3terId, ...policy }, print);
    });
}

function within(name: PolicyFieldName): (text: string) => number {
  return wholeNumberOption(POLICY_FIELDS[name].least, POLICY_FIELDS[name].most);
}
