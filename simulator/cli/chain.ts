import { Command } from 'commander';
import { claimCommand } from './chain-claim';
import { faucetCommand } from './chain-faucet';
import { grantCommand } from './chain-grant';
import { mintCommand } from './chain-mint';
import { payCommand } from './chain-pay';
import { priceCommand } from './chain-price';
import { registerCommand } from './chain-register';
import { showCommand } from './chain-show';
import { type Print, printLine } from './print';

/** A command whose own commands are settled as it is, however they came to it. */
class Family extends Command {
  override copyInheritedSettings(source: Command): this {
    super.copyInheritedSettings(source);
    for (const member of this.commands) member.copyInheritedSettings(this);
    return this;
  }
}

/** `m3ter chain`: what a provider and a tenant do on a chain. */
export function chainCommand(print: Print = printLine): Command {
  const family = new Family('chain').description(
    'What a provider and a tenant do at the contracts on a chain.',
  );
  for (const make of [
    mintCommand,
    registerCommand,
    priceCommand,
    payCommand,
    claimCommand,
    grantCommand,
    faucetCommand,
    showCommand,
  ])
    family.addCommand(make(print));
  return family;
}
