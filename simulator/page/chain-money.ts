import { type Address, erc20Abi, formatUnits, parseAbiItem } from 'viem';
import { PROTOCOL_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';
import { formatNumber } from '../view/format';

/** A payment as the chain has it. */
export interface LastPayment {
  /** Unix seconds of its block */
  readonly time: number;
  readonly block: number;
  /** With its currency: `1.00 xDAI` */
  readonly amount: string;
}

/** What the contracts say of one meter's money; absent: not known yet, or there is none. */
export interface MeterMoney {
  /** Of a kWh */
  readonly price?: { readonly amount: number; readonly currency: string };
  readonly payment?: LastPayment;
}

interface Asked extends MeterMoney {
  /** ms, after which it is asked for anew */
  readonly until: number;
}

interface Currency {
  readonly symbol: string;
  readonly decimals: number;
}

/** ms for which an answer is good enough to be looked at */
const GOOD_FOR = 60_000;
/** Blocks that are looked through for the last payment: what public nodes answer at once */
const BLOCKS = 1000n;
/** Characters of a currency's name: whoever made the token chose it. */
const LONGEST_SYMBOL = 12;
const UNKNOWN: MeterMoney = {};
const STABLECOIN = parseAbiItem('function stablecoin() view returns (address)');
const REVENUE = PROTOCOL_ABI.find(item => item.type === 'event' && item.name === 'Revenue') as Extract<
  (typeof PROTOCOL_ABI)[number],
  { readonly name: 'Revenue' }
>;

/** Asks the chain about a meter's money while somebody looks at it, and at most once a minute. */
export class ChainMoney {
  readonly #chain: Chain;
  readonly #protocol: Address;
  readonly #onFailure: (error: unknown) => void;
  readonly #asked = new Map<bigint, Asked>();
  #currency: Promise<Currency> | undefined;

  /** @param onFailure the node did not answer: what it said last stays */
  constructor(chain: Chain, protocol: Address, onFailure: (error: unknown) => void) {
    this.#chain = chain;
    this.#protocol = protocol;
    this.#onFailure = onFailure;
  }

  /** What was said last; what is old is asked for anew meanwhile. */
  of(m3terId: bigint): MeterMoney {
    const known = this.#asked.get(m3terId);
    if (known === undefined || performance.now() >= known.until) this.#refresh(m3terId, known);
    return known ?? UNKNOWN;
  }

  /** Somebody has paid. */
  expire(m3terId: bigint): void {
    const known = this.#asked.get(m3terId);
    if (known !== undefined) this.#asked.set(m3terId, { ...known, until: 0 });
  }

  #refresh(m3terId: bigint, known: MeterMoney = UNKNOWN): void {
    // by then, and not before, whatever comes of it
    this.#asked.set(m3terId, { ...known, until: performance.now() + GOOD_FOR });
    this.#ask(m3terId).then(
      money => {
        const { until = 0 } = this.#asked.get(m3terId) ?? {};
        const { payment } = known;
        // one of long ago is not found again
        this.#asked.set(m3terId, { ...(payment && { payment }), ...money, until });
      },
      error => this.#onFailure(error),
    );
  }

  async #ask(m3terId: bigint): Promise<MeterMoney> {
    this.#currency ??= this.#askCurrency();
    const currency = await this.#currency.catch(error => {
      this.#currency = undefined;
      throw error;
    });
    const call = { address: this.#protocol, abi: PROTOCOL_ABI, functionName: 'tariffOf' } as const;
    const tariff = await this.#chain.client.readContract({ ...call, args: [m3terId] });
    const payment = await this.#lastPayment(m3terId, currency);
    const amount = Number(formatUnits(tariff, currency.decimals));
    return {
      // 0: not for sale
      ...(tariff > 0n && { price: { amount, currency: currency.symbol } }),
      ...(payment && { payment }),
    };
  }

  async #lastPayment(m3terId: bigint, { symbol, decimals }: Currency): Promise<LastPayment | undefined> {
    const head = await this.#chain.client.getBlockNumber();
    const events = await this.#chain.client.getLogs({
      address: this.#protocol,
      event: REVENUE,
      args: { tokenId: m3terId },
      strict: true,
      fromBlock: head < BLOCKS ? 0n : head - BLOCKS + 1n,
      toBlock: head,
    });
    const last = events.at(-1);
    if (last === undefined) return undefined;
    const amount = `${formatNumber(Number(formatUnits(last.args.amount, decimals)), 2)} ${symbol}`;
    return { time: Number(last.args.timestamp), block: Number(last.blockNumber), amount };
  }

  async #askCurrency(): Promise<Currency> {
    const { client } = this.#chain;
    const call = { address: this.#protocol, abi: [STABLECOIN], functionName: 'stablecoin' } as const;
    const coin = { address: await client.readContract(call), abi: erc20Abi };
    const symbol = await client.readContract({ ...coin, functionName: 'symbol' });
    const decimals = await client.readContract({ ...coin, functionName: 'decimals' });
    return { symbol: symbol.slice(0, LONGEST_SYMBOL), decimals };
  }
}
