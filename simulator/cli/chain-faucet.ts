import type { Command } from 'commander';
import { erc20Abi, formatUnits } from 'viem';
import { Failure } from '../errors';
import { amountText, parseAmount, readCoin } from './chain-coin';
import { amountOption, type SendingOptions, sendingCommand } from './chain-options';
import { carryOut } from './chain-outcome';
import type { Print } from './print';

/** The name of the coin without worth. Others take any call without a word, so that a good simulation says nothing. */
const WORTHLESS = 'Test Dollar';

/** `m3ter chain faucet`: money for trials. */
export function faucetCommand(print: Print): Command {
  return sendingCommand('faucet', 'Get some of the coin without worth that m3ter deploy makes.')
    .argument('<amount>', 'in decimals', amountOption)
    .action((text: string, options: SendingOptions) =>
      carryOut(options, print, async ({ address, client, contracts: { stablecoin }, place }) => {
        const call = { address: place.deployment.stablecoin, abi: erc20Abi, functionName: 'name' } as const;
        const coin = await readCoin(client, call.address);
        if ((await client.readContract(call)) !== WORTHLESS)
          throw new Failure(`faucet: expected the coin without worth of m3ter deploy, got ${coin.symbol}`);
        const amount = parseAmount(text, coin);
        const { request } = await stablecoin.simulate.faucet([amount]);
        return {
          request,
          outcome: {
            text: `${address} gets ${amountText(amount, coin)}`,
            fields: { account: address, amount: formatUnits(amount, coin.decimals), coin: coin.symbol },
          },
        };
      }),
    );
}
