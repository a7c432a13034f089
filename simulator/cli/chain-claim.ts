import type { Command } from 'commander';
import { formatUnits, parseEventLogs } from 'viem';
import { PROTOCOL_ABI } from '../chain/abi';
import { amountText, readCoin } from './chain-coin';
import { type SendingOptions, sendingCommand } from './chain-options';
import { carryOut, type Outcome } from './chain-outcome';
import type { Print } from './print';

/** `m3ter chain claim`: fetches what was paid to a seller. */
export function claimCommand(print: Print): Command {
  return sendingCommand(
    'claim',
    'Fetch all the revenue of a seller, or of the treasury. With its key.',
  ).action((options: SendingOptions) =>
    carryOut(options, print, async ({ address, client, contracts: { protocol }, place }) => {
      const { request } = await protocol.simulate.claim();
      const coin = await readCoin(client, place.deployment.stablecoin);
      const outcome = (amount: bigint): Outcome => ({
        text: `${address} gets ${amountText(amount, coin)}`,
        fields: { account: address, amount: formatUnits(amount, coin.decimals), coin: coin.symbol },
      });
      return {
        request,
        outcome: outcome(await protocol.read.revenueOf([address])),
        // somebody can have paid meanwhile
        settle({ logs }) {
          const [claim] = parseEventLogs({ abi: PROTOCOL_ABI, eventName: 'Claim', logs });
          return outcome(claim?.args.amount ?? 0n);
        },
      };
    }),
  );
}
