import { setTimeout as sleep } from 'node:timers/promises';
import type { Address, Hash } from 'viem';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import { PROTOCOL_ABI } from './abi';
import type { Chain } from './chain';

export interface EnergyBought {
  readonly m3terId: bigint;
  /** In total, ever: what its `Credit` says as `credited`. */
  readonly energy: MilliwattHours;
}

/** What is certain by now. */
export interface ConfirmedPayments {
  /** Payments in all blocks up to this one have been told; go on with the next after a restart. */
  readonly through: bigint;
  /** Those for whom somebody paid. The total can hold payments of later blocks, which will be told again. */
  readonly bought: readonly EnergyBought[];
}

export interface PaymentsOptions {
  /** The first block to look at: of the contract's deployment, or the one after the last `through`. */
  readonly from: bigint;
  /** Blocks on top of the one that a payment is in, 0 or more: as deep as a reorganisation of the chain can be. */
  readonly confirmations: number;
  /** ms from look to look for new blocks; a second when absent */
  readonly interval?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

interface Place {
  readonly number: bigint;
  readonly hash: Hash;
}

/** Blocks to ask for at once: what public nodes answer. */
const LONGEST_RANGE = 1000n;
/** Places remembered, to find back to when the chain reorganises deeper than it should. */
const PLACES = 64;

/**
 * Tells of payments as they become certain. What counts is the contract's own total as of a confirmed block, never the sum
 * of the events, so that nothing told twice counts twice, and a payment that vanished never counts. Where the chain was
 * reorganised deeper than `confirmations`, the blocks in doubt are looked through again.
 * @throws viem's error when the node fails, after its retries: begin anew after the last `through`
 */
export async function* watchPayments(
  chain: Chain,
  protocol: Address,
  options: PaymentsOptions,
): AsyncGenerator<ConfirmedPayments, void, undefined> {
  const { from, confirmations, interval = 1000, signal } = options;
  if (!Number.isInteger(confirmations) || confirmations < 0)
    throw new RangeError(`confirmations: expected a whole number of 0 or more, got ${confirmations}`);
  const places: Place[] = [];
  while (signal?.aborted !== true) {
    const confirmed = (await chain.client.getBlockNumber()) - BigInt(confirmations);
    if (confirmed < nextBlock(places, from)) {
      // aborted: the loop ends by its own condition
      await sleep(interval, undefined, { signal }).catch(() => undefined);
      continue;
    }
    await dropReorganised(chain, places);
    const next = nextBlock(places, from);
    const through = confirmed < next + LONGEST_RANGE ? confirmed : next + LONGEST_RANGE - 1n;
    const { hash } = await chain.client.getBlock({ blockNumber: through });
    const bought = await energyBought(chain, protocol, { from: next, through, confirmed });
    places.push({ number: through, hash });
    if (places.length > PLACES) places.shift();
    yield { through, bought };
  }
}

/** After the last place that is still on the chain; from the beginning again where none is. */
function nextBlock(places: readonly Place[], from: bigint): bigint {
  const last = places.at(-1);
  return last === undefined ? from : last.number + 1n;
}

async function dropReorganised(chain: Chain, places: Place[]): Promise<void> {
  for (let last = places.at(-1); last !== undefined; last = places.at(-1)) {
    const { hash } = await chain.client.getBlock({ blockNumber: last.number });
    if (hash === last.hash) return;
    places.pop();
  }
}

/** The totals, as of the confirmed block, of those who were paid for in the range: full nodes forget older states. */
async function energyBought(
  chain: Chain,
  address: Address,
  { from, through, confirmed }: { from: bigint; through: bigint; confirmed: bigint },
): Promise<EnergyBought[]> {
  const range = { fromBlock: from, toBlock: through };
  const event = { address, abi: PROTOCOL_ABI, eventName: 'Revenue', strict: true } as const;
  const events = await chain.client.getContractEvents({ ...event, ...range });
  const m3terIds = new Set(events.map(({ args }) => args.tokenId));
  const bought: EnergyBought[] = [];
  for (const m3terId of m3terIds) {
    const call = { address, abi: PROTOCOL_ABI, functionName: 'energyOf', args: [m3terId] } as const;
    const total = await chain.client.readContract({ ...call, blockNumber: confirmed });
    bought.push({ m3terId, energy: milliwattHours(Number(total)) });
  }
  return bought;
}
