import { type Address, erc20Abi, formatUnits } from 'viem';
import type { ReadingClient } from '../chain/chain';
import { UsageError } from '../errors';

/** An ERC-20 that is paid or rewarded with. */
export interface Coin {
  readonly symbol: string;
  readonly decimals: number;
}

/** Characters of a coin's symbol: whoever made it chose it. */
const LONGEST_SYMBOL = 12;
const UINT256 = 1n << 256n;

/** @throws viem's errors when the node fails or the contract is no ERC-20 */
export async function readCoin(client: Pick<ReadingClient, 'readContract'>, address: Address): Promise<Coin> {
  const call = { address, abi: erc20Abi } as const;
  const [symbol, decimals] = await Promise.all([
    client.readContract({ ...call, functionName: 'symbol' }),
    client.readContract({ ...call, functionName: 'decimals' }),
  ]);
  // nothing that a terminal obeys
  return { symbol: symbol.replace(/[^\x21-\x7e]/g, '').slice(0, LONGEST_SYMBOL), decimals };
}

/**
 * An amount in the coin's smallest unit, exactly.
 * @param text decimal, as `amountOption` takes it
 * @throws UsageError when the coin has no such amount
 */
export function parseAmount(text: string, { symbol, decimals }: Coin): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > decimals)
    throw new UsageError(`expected at most ${decimals} decimals, as ${symbol} has, got ${text}`);
  const amount = BigInt(whole + digits.padEnd(decimals, '0'));
  if (amount >= UINT256) throw new UsageError(`expected an amount that a contract can hold, got ${text}`);
  return amount;
}

/** For people to read, and exact: `0.25 TUSD`. */
export function amountText(amount: bigint, { symbol, decimals }: Coin): string {
  return `${formatUnits(amount, decimals)} ${symbol}`;
}
