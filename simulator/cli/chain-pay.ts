import type { Command } from 'commander';
import { type Address, erc20Abi, formatUnits, parseEventLogs, type TransactionReceipt } from 'viem';
import { PROTOCOL_ABI, STABLECOIN_ABI } from '../chain/abi';
import { Failure } from '../errors';
import { amountText, type Coin, parseAmount, readCoin } from './chain-coin';
import { amountOption, type SendingOptions, sendingCommand } from './chain-options';
import { type Outcome, onChain, printMined, printUnsent } from './chain-outcome';
import { refusalText } from './chain-refusal';
import { rehearse } from './chain-rehearsal';
import { ChainSender, type Cost, type Plan, type Request } from './chain-sender';
import { warnOfNoMeter } from './chain-warning';
import { m3terIdOption } from './options';
import type { Print } from './print';

interface PayOptions extends SendingOptions {
  readonly m3terId: bigint;
}

/** Money in the coin's smallest unit. */
interface Purchase {
  readonly m3terId: bigint;
  readonly amount: bigint;
  /** Of a kWh: more is not accepted when it is mined. */
  readonly tariff: bigint;
  readonly coin: Coin;
  /** What the protocol may take already. */
  readonly allowed: bigint;
}

const MILLIWATT_HOURS = 1_000_000n;
const NO_REHEARSAL =
  '--dry-run: expected a node that knows eth_simulateV1, or money that is approved already, got neither';
const KILOWATT_HOUR_DECIMALS = 6;

/** `m3ter chain pay`: buys energy for a meter. */
export function payCommand(print: Print): Command {
  return sendingCommand('pay', 'Buy energy for a M3ter, at no more than its price of now.')
    .argument('<amount>', 'of the stablecoin, in decimals', amountOption)
    .requiredOption('--m3ter-id <n>', 'the M3ter, by its number', m3terIdOption)
    .action((amount: string, options: PayOptions) => onChain(() => pay(amount, options, print)));
}

async function pay(text: string, options: PayOptions, print: Print): Promise<void> {
  const sender = await ChainSender.open(options);
  const purchase = await readPurchase(sender, options.m3terId, text);
  await warnOfNoMeter(sender, options.m3terId);
  if (purchase.allowed < purchase.amount) {
    const { approval, cost } = await planApproval(sender, purchase);
    if (options.dryRun) {
      if (cost === undefined) throw new Failure(NO_REHEARSAL);
      return printUnsent(options, print, withApproval(outcomeOf(purchase)), cost);
    }
    await sender.send(approval, 0);
  }
  const { m3terId, amount, tariff } = purchase;
  const { request } = await sender.contracts.protocol.simulate.payUpTo([m3terId, amount, tariff]);
  const plan = await sender.plan(request);
  if (options.dryRun) return printUnsent(options, print, outcomeOf(purchase), plan.cost);
  const receipt = await sender.send(plan, options.confirmations);
  printMined(options, print, outcomeOf({ ...purchase, tariff: tariffIn(receipt) ?? tariff }), receipt);
}

/** @throws Failure when there is nothing for sale, or too little money */
async function readPurchase(sender: ChainSender, m3terId: bigint, text: string): Promise<Purchase> {
  const { address, client, contracts, place } = sender;
  const { stablecoin, protocol } = place.deployment;
  const coin = await readCoin(client, stablecoin);
  const amount = parseAmount(text, coin);
  const [tariff, funds, allowed] = await Promise.all([
    contracts.protocol.read.tariffOf([m3terId]),
    contracts.stablecoin.read.balanceOf([address]),
    readAllowance(sender, protocol),
    // refuses where there is no such M3ter
    contracts.registry.read.ownerOf([m3terId]),
  ]);
  if (tariff === 0n) throw new Failure(refusalText({ name: 'NotForSale', args: [m3terId] }));
  if (funds < amount)
    throw new Failure(
      `expected ${amountText(amount, coin)} to pay, got ${amountText(funds, coin)} at ${address}`,
    );
  if (energyOf({ amount, tariff }) === 0n)
    throw new Failure(refusalText({ name: 'NothingBought', args: [m3terId] }));
  return { m3terId, amount, tariff, coin, allowed };
}

function readAllowance({ address, client, place }: ChainSender, spender: Address): Promise<bigint> {
  const call = { address: place.deployment.stablecoin, abi: erc20Abi, functionName: 'allowance' } as const;
  return client.readContract({ ...call, args: [address, spender] });
}

/**
 * The approval of what is to be paid and no more, unless the payment after it would be refused.
 * @returns with the cost of both, where the node can tell
 */
async function planApproval(
  sender: ChainSender,
  { m3terId, amount, tariff }: Purchase,
): Promise<{ readonly approval: Plan; readonly cost?: Cost }> {
  const { protocol, stablecoin } = sender.place.deployment;
  const approve: Request = {
    ...{ address: stablecoin, abi: STABLECOIN_ABI },
    ...{ functionName: 'approve', args: [protocol, amount] },
  };
  const payUpTo: Request = {
    ...{ address: protocol, abi: PROTOCOL_ABI },
    ...{ functionName: 'payUpTo', args: [m3terId, amount, tariff] },
  };
  const gas = await rehearse(sender, [approve, payUpTo]);
  const approval = await sender.plan(approve);
  if (gas === undefined) return { approval };
  const fee = (approval.cost.fee / approval.cost.gas) * gas;
  await sender.assertFunds(fee);
  return { approval, cost: { gas, fee } };
}

function withApproval({ text, fields }: Outcome): Outcome {
  return { text: `${text}, after an approval of as much`, fields: { ...fields, approves: fields.amount } };
}

/** At which it was paid. */
function tariffIn({ logs }: TransactionReceipt): bigint | undefined {
  return parseEventLogs({ abi: PROTOCOL_ABI, eventName: 'Revenue', logs: [...logs] })[0]?.args.tariff;
}

/** mWh, as the contract reckons. */
function energyOf({ amount, tariff }: Pick<Purchase, 'amount' | 'tariff'>): bigint {
  return (amount * MILLIWATT_HOURS) / tariff;
}

function outcomeOf(purchase: Purchase): Outcome {
  const { m3terId, amount, tariff, coin } = purchase;
  const energy = energyOf(purchase);
  const kilowattHours = formatUnits(energy, KILOWATT_HOUR_DECIMALS);
  return {
    text: `M3ter ${m3terId} gets ${kilowattHours} kWh for ${amountText(amount, coin)}, at ${amountText(tariff, coin)} a kWh`,
    fields: {
      m3terId,
      energy,
      amount: formatUnits(amount, coin.decimals),
      price: formatUnits(tariff, coin.decimals),
      coin: coin.symbol,
    },
  };
}
