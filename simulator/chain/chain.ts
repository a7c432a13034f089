import {
  type Account,
  type Chain as ChainDefinition,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hash,
  type HttpTransport,
  http,
  type PublicClient,
  publicActions,
  type TransactionReceipt,
} from 'viem';
import { waitForReceipt } from './wait-for-receipt';

/** Reads, and sends nothing. */
export type ReadingClient = PublicClient<HttpTransport, ChainDefinition>;
/** Reads, and sends for one account, whose key signs here. */
export type SendingClient = ReturnType<typeof createSendingClient>;

/** ms that an answer may take. */
const TIMEOUT = 10_000;
/** ms that mining may take: some blocks of the slowest chain. */
const MINING_TIMEOUT = 120_000;

/** An EVM chain that is reached over JSON-RPC. */
export class Chain {
  readonly url: string;
  readonly client: ReadingClient;
  readonly #definition: ChainDefinition;

  /** @param id EIP-155 */
  constructor(url: string, id: number) {
    this.url = url;
    this.#definition = defineChain({
      id,
      name: `chain ${id}`,
      nativeCurrency: { name: 'native currency', symbol: 'native', decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    });
    this.client = createPublicClient(clientOptions(this.#definition));
  }

  /** EIP-155 */
  get id(): number {
    return this.#definition.id;
  }

  as(account: Account): SendingClient {
    return createSendingClient(this.#definition, account);
  }

  /** The receipt of a transaction that was mined and did not revert. @throws Error when it was not or did */
  async mined(hash: Hash): Promise<TransactionReceipt> {
    const receipt = await waitForReceipt(this.client, hash, { confirmations: 0, timeout: MINING_TIMEOUT });
    if (typeof receipt === 'string')
      throw new Error(`transaction ${hash}: expected a receipt in time, got none`);
    if (receipt.status === 'reverted') throw new Error(`transaction ${hash}: expected success, got a revert`);
    return receipt;
  }
}

/** @throws viem's HttpRequestError or TimeoutError when nothing answers there */
export async function connectChain(url: string): Promise<Chain> {
  const id = await createPublicClient({ transport: http(url, { timeout: TIMEOUT }) }).getChainId();
  return new Chain(url, id);
}

function createSendingClient(definition: ChainDefinition, account: Account) {
  return createWalletClient({ ...clientOptions(definition), account }).extend(publicActions);
}

/** `cacheTime`: nobody is told a block number that is out of date. */
function clientOptions(chain: ChainDefinition) {
  const transport = http(undefined, { timeout: TIMEOUT });
  return { chain, transport, cacheTime: 0 };
}
