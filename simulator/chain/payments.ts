import { type Address, BaseError, type Hash, HttpRequestError } from 'viem';
import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import { M3TER_ABI, PROTOCOL_ABI } from './abi';
import type { Chain } from './chain';

export interface EnergyBought {
  readonly m3terId: bigint;
  /** In total, ever: what its `Credit` says as `credited`. */
  readonly energy: MilliwattHours;
}

/** A block that was looked through. */
export interface Place {
  readonly number: bigint;
  readonly hash: Hash;
}

/** What is certain by now. */
export interface ConfirmedPayments {
  /** Places looked through, newest last, to go on from at the next look, also after a restart. */
  readonly places: readonly Place[];
  /** Those for whom somebody paid of late. Most are told again, and totals can hold payments of later blocks. */
  readonly bought: readonly EnergyBought[];
  /** Tokens that were given another key in the registry of late; most are told again. */
  readonly registered: readonly bigint[];
  /** The block as of which the totals are. */
  readonly confirmed: bigint;
  /** The last block that is as it was, where the chain was reorganised deeper than it should: totals can be less now. */
  readonly reorganisedAfter: bigint | undefined;
  /** Blocks that were asked for at once: what this node answers. */
  readonly range: bigint;
}

export interface PaymentsOptions {
  /** Blocks on top of the one that a payment is in, 0 or more: as deep as a reorganisation of the chain can be. */
  readonly confirmations: number;
  /** The first block to look at as long as there are no places; that of the contract's deployment. */
  readonly from: bigint;
  /** Of the look before. */
  readonly places: readonly Place[];
  /** Of the look before; 1000 blocks when absent. */
  readonly range?: bigint;
}

/** Blocks to ask for at once: what public nodes answer. */
const LONGEST_RANGE = 1000n;
/**
 * The last of them are asked for at every look: nodes behind one address are not all equally far, and one that has not heard
 * of a block yet has no events of it, and says so in no other way.
 */
const BLOCKS_AGAIN = 64n;
/** Places remembered, to find back to when the chain reorganises deeper than it should. */
const PLACES = 64;
/** Calls to a node at a time. */
const AT_A_TIME = 10;

/**
 * One look for payments that have become certain; undefined when no block is new. What counts is the contract's own total
 * as of a confirmed block, never the sum of the events, so that nothing told twice counts twice, and a payment that
 * vanished never counts. Where the chain was reorganised deeper than `confirmations`, the blocks in doubt are looked
 * through again.
 * @throws viem's error when the node fails, after its retries: look again with the same options
 */
export async function lookForPayments(
  chain: Chain,
  { protocol, registry }: { readonly protocol: Address; readonly registry: Address },
  options: PaymentsOptions,
): Promise<ConfirmedPayments | undefined> {
  const { from, confirmations } = options;
  if (!Number.isInteger(confirmations) || confirmations < 0)
    throw new RangeError(`confirmations: expected a whole number of 0 or more, got ${confirmations}`);
  const confirmed = (await chain.client.getBlockNumber()) - BigInt(confirmations);
  if (confirmed < nextBlock(options.places, from)) return undefined;
  const places = await stillThere(chain, options.places);
  const next = nextBlock(places, from);
  const { events, place, range } = await eventsSince(chain, [protocol, registry], options, next, confirmed);
  const paid = new Set(events.flatMap(event => (event.eventName === 'Revenue' ? [event.args.tokenId] : [])));
  const told = events.flatMap(event => (event.eventName === 'Register' ? [event.args.tokenId] : []));
  const bought = await energyBought(chain, protocol, [...paid], confirmed);
  return {
    places: [...places, place].slice(-PLACES),
    bought,
    registered: [...new Set(told)],
    confirmed,
    reorganisedAfter: places.length < options.places.length ? next - 1n : undefined,
    range,
  };
}

/** What was bought for these in total as of a block; a full node forgets old states. */
export async function energyBought(
  chain: Chain,
  address: Address,
  m3terIds: readonly bigint[],
  blockNumber: bigint,
): Promise<EnergyBought[]> {
  const bought: EnergyBought[] = [];
  for (let k = 0; k < m3terIds.length; k += AT_A_TIME)
    bought.push(
      ...(await Promise.all(
        m3terIds.slice(k, k + AT_A_TIME).map(async m3terId => {
          const call = { address, abi: PROTOCOL_ABI, functionName: 'energyOf', args: [m3terId] } as const;
          const total = await chain.client.readContract({ ...call, blockNumber });
          return { m3terId, energy: milliwattHours(Number(total)) };
        }),
      )),
    );
  return bought;
}

/** After the last place that is still on the chain; from the beginning again where none is. */
function nextBlock(places: readonly Place[], from: bigint): bigint {
  const last = places.at(-1);
  return last === undefined ? from : last.number + 1n;
}

async function stillThere(chain: Chain, places: readonly Place[]): Promise<readonly Place[]> {
  for (let count = places.length; count > 0; count--) {
    const place = places[count - 1] as Place;
    const { hash } = await chain.client.getBlock({ blockNumber: place.number });
    if (hash === place.hash) return places.slice(0, count);
  }
  return [];
}

/** In a piece that the node answers: what it refuses is asked for by halves, and while there is more, by more again. */
async function eventsSince(
  chain: Chain,
  address: Address[],
  options: PaymentsOptions,
  next: bigint,
  confirmed: bigint,
) {
  for (let range = options.range ?? LONGEST_RANGE; ; range = (range + 1n) / 2n) {
    const through = smaller(confirmed, next + range - 1n);
    const again = through + 1n - smaller(range, BLOCKS_AGAIN);
    const fromBlock = again < options.from ? options.from : smaller(again, next);
    // before its events: if it is another block by then, the next look finds that out
    const { hash } = await chain.client.getBlock({ blockNumber: through });
    try {
      const events = await chain.client.getLogs({
        address,
        events: EVENTS,
        strict: true,
        fromBlock,
        toBlock: through,
      });
      const place = { number: through, hash };
      return { events, place, range: through < confirmed ? smaller(range * 2n, LONGEST_RANGE) : range };
    } catch (error) {
      if (range === 1n || !isRefusal(error)) throw error;
    }
  }
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

const EVENTS = [...PROTOCOL_ABI, ...M3TER_ABI].filter(
  (item): item is Extract<typeof item, { type: 'event'; name: 'Revenue' | 'Register' }> =>
    item.type === 'event' && (item.name === 'Revenue' || item.name === 'Register'),
);

/** An answer that says no, or none in time, as nodes differ in how they say that it is too much. */
export function isRefusal(error: unknown): boolean {
  const http = error instanceof BaseError && error.walk(cause => cause instanceof HttpRequestError);
  // Too Many Requests, failures of the server and no connection at all do not depend on what is asked for
  return !(http instanceof HttpRequestError) || http.status === 400 || http.status === 413;
}
