import type { Command } from 'commander';
import { formatUnits } from 'viem';
import { amountText, type Coin } from './chain-coin';
import { keyFields, keyText } from './chain-key-slot';
import { type ChainCommandOptions, readingCommand } from './chain-options';
import { onChain, printOutcome } from './chain-outcome';
import { openPlace } from './chain-place';
import { type ChainStatement, readStatement } from './chain-statement';
import type { Sum } from './chain-sums';
import { m3terIdOption } from './options';
import type { Print } from './print';

interface ShowOptions extends ChainCommandOptions {
  readonly m3terId: bigint;
}

/** `m3ter chain show`: what the contracts say of a M3ter. */
export function showCommand(print: Print): Command {
  return readingCommand('show', 'Show what the contracts say of a M3ter. Needs no key.')
    .requiredOption('--m3ter-id <n>', 'the M3ter, by its number', m3terIdOption)
    .action((options: ShowOptions) =>
      onChain(async () => {
        const statement = await readStatement(await openPlace(options), options.m3terId);
        printOutcome(options, print, { text: textOf(statement), fields: fieldsOf(statement) });
      }),
    );
}

function textOf(statement: ChainStatement): string {
  const { m3terId, chainId, block, owner, key, coin, tariff, energy, revenue, rewardCoin } = statement;
  const rows = [
    ['owner', owner],
    ['key', keyText(key)],
    ['price', tariff === 0n ? 'none: not for sale' : `${amountText(tariff, coin)} a kWh`],
    ['paid', sumText(statement.paid, coin, 'payment')],
    ['sold', `${kilowattHours(energy)} in all`],
    ['proved', provedText(statement)],
    ['rewarded', sumText(statement.rewarded, rewardCoin, 'proof')],
    ['revenue', `${amountText(revenue, coin)} for its owner to claim`],
  ];
  const lines = rows.map(([name = '', text]) => `${name.padEnd(10)}${text}`);
  return [`M3ter ${m3terId} on chain ${chainId}, as of block ${block}`, ...lines].join('\n');
}

function sumText(sum: Sum | undefined, coin: Coin, what: string): string {
  if (sum === undefined) return 'unknown: the node does not look through so many blocks at once';
  const { amount, count, block } = sum;
  if (count === 0) return 'nothing';
  return `${amountText(amount, coin)} by ${count} ${what}${count === 1 ? '' : 's'}, the last in block ${block}`;
}

function provedText({ registers, lifetimeEnergy }: ChainStatement): string {
  const { sequence, ...energies } = registers;
  if (sequence === 0n) return 'no reading of its device';
  const texts = Object.entries(energies).map(([name, energy]) => `${name} ${kilowattHours(energy)}`);
  return `${kilowattHours(lifetimeEnergy)} in all; by reading ${sequence} ${texts.join(', ')}`;
}

function fieldsOf(statement: ChainStatement) {
  const { coin, key, tariff, revenue, paid, rewardCoin, rewarded, registers, ...others } = statement;
  const { m3terId, chainId, block, owner, energy, lifetimeEnergy } = others;
  return {
    ...{ m3terId, chainId, block, owner, ...keyFields(key), coin: coin.symbol },
    price: formatUnits(tariff, coin.decimals),
    ...(paid && { paid: formatUnits(paid.amount, coin.decimals), payments: paid.count }),
    ...{ energy, lifetimeEnergy, registers },
    rewardCoin: rewardCoin.symbol,
    ...(rewarded && { rewarded: formatUnits(rewarded.amount, rewardCoin.decimals) }),
    revenue: formatUnits(revenue, coin.decimals),
  };
}

/** Of mWh, exactly. */
function kilowattHours(energy: bigint): string {
  return `${formatUnits(energy, 6)} kWh`;
}
