import type { Command } from 'commander';
import { formatUnits } from 'viem';
import { UsageError } from '../errors';
import { amountText, parseAmount, readCoin } from './chain-coin';
import { amountOption, type SendingOptions, sendingCommand } from './chain-options';
import { carryOut } from './chain-outcome';
import { warnOfNoMeter } from './chain-warning';
import { m3terIdOption } from './options';
import type { Print } from './print';

interface PriceOptions extends SendingOptions {
  readonly m3terId: bigint;
}

/** What the contract has room for. */
const UINT128 = 1n << 128n;

/** `m3ter chain price`: what a kWh of a M3ter costs. */
export function priceCommand(print: Print): Command {
  return sendingCommand('price', "Set what a kWh costs; 0 stops the sale. With the key of the M3ter's owner.")
    .argument('<amount>', 'of the stablecoin, in decimals', amountOption)
    .requiredOption('--m3ter-id <n>', 'the M3ter, by its number', m3terIdOption)
    .action((amount: string, options: PriceOptions) =>
      carryOut(options, print, async sender => {
        const { m3terId } = options;
        const { client, contracts, place } = sender;
        const coin = await readCoin(client, place.deployment.stablecoin);
        const tariff = parseAmount(amount, coin);
        if (tariff >= UINT128)
          throw new UsageError(`expected a price that the contract can hold, got ${amount}`);
        const { request } = await contracts.protocol.simulate.setTariff([m3terId, tariff]);
        if (tariff > 0n) await warnOfNoMeter(sender, m3terId);
        const costs = tariff === 0n ? 'is not sold' : `costs ${amountText(tariff, coin)}`;
        const price = formatUnits(tariff, coin.decimals);
        return {
          request,
          outcome: {
            text: `a kWh of M3ter ${m3terId} ${costs}`,
            fields: { m3terId, price, coin: coin.symbol },
          },
        };
      }),
    );
}
