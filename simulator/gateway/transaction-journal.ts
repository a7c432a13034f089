import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Address,
  BaseError,
  type Hex,
  keccak256,
  type LocalAccount,
  parseTransaction,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
  type TransactionSerialized,
} from 'viem';
import type { Chain } from '../chain/chain';
import { type GatewayStore, intentPut, type Put } from './gateway-store';
import type { IntentRecord, Purpose } from './store-records';

export interface Call {
  readonly to: Address;
  readonly data: Hex;
  readonly gas: bigint;
}

export interface JournalOptions {
  readonly chain: Chain;
  readonly account: LocalAccount;
  readonly store: GatewayStore;
  /** wei for a unit of gas; absent: whatever the chain asks */
  readonly maxGasPrice?: bigint | undefined;
  /** ms until a transaction is sent again, for more where more is asked by then; a minute when absent */
  readonly patience?: number;
  /** Ends all waiting. */
  readonly signal: AbortSignal;
}

/** `lost`: another transaction has its number, or one before it has vanished, so that nobody can say when it will be mined. */
export interface Outcome {
  readonly purpose: Purpose;
  readonly receipt: TransactionReceipt | 'lost';
}

/** ms between looks for a receipt: at once where blocks are, at most so long elsewhere */
const FIRST_PAUSE = 5;
const LONGEST_PAUSE = 2000;
/** ms */
const PATIENCE = 60_000;
/** Looks for a receipt whose number is used up: nodes behind one address are not all equally far. */
const LOOKS_AFTER_USE = 5;
/** Of each fee, in percent, what nodes want to replace one by another: the pickiest ask for 110, of both. */
const REPLACEMENT = 125n;
const FEES = ['gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas'] as const;
const KNOWN_ALREADY = /already known|already imported|known transaction/i;
const NUMBER_USED = /nonce too low|nonce is too low|already been used/i;

/**
 * Sends one transaction at a time, each written down, signed, before it is sent: after a crash the very same one is looked up
 * or sent again, and the chain takes it once, by its number.
 */
export class TransactionJournal {
  readonly #options: JournalOptions;
  #intent: IntentRecord | undefined;
  /** By this process: after a restart nobody knows how far it got. */
  #isSent = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#intent = options.store.intent;
  }

  /** Whether there is one whose outcome is not known. */
  get isOpen(): boolean {
    return this.#intent !== undefined;
  }

  /**
   * Writes it down and sends it; false when it would cost more than it may. What the node says then is for `outcome`.
   * @throws viem's error when the node fails
   */
  async send(call: Call, purpose: Purpose): Promise<boolean> {
    const { account } = this.#options;
    // and not behind what others may have sent for this account: it may never be mined
    const request = await this.#prepare({ ...call, nonce: await this.#nextNonce() });
    if (this.#isTooDear(request)) return false;
    const serialized = await account.signTransaction(request as never);
    this.#isSent = false;
    await this.#write({ nonce: request.nonce, purpose, attempts: [attempt(serialized)] });
    await this.#broadcast(serialized);
    return true;
  }

  /** Waits for the outcome of the open one. @throws viem's error when the node fails: ask again */
  async outcome(): Promise<Outcome | undefined> {
    const intent = this.#intent;
    if (intent === undefined) return undefined;
    const { patience = PATIENCE, signal } = this.#options;
    let since = performance.now();
    let looksLeft = LOOKS_AFTER_USE;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const receipt = await this.#receipt();
      if (receipt !== undefined) return { purpose: intent.purpose, receipt };
      const next = await this.#nextNonce();
      const isLate = performance.now() - since > patience;
      if (next > intent.nonce ? --looksLeft === 0 : isLate && next < intent.nonce)
        return { purpose: intent.purpose, receipt: 'lost' };
      if (isLate || !this.#isSent) await this.#sendAgain();
      if (isLate) since = performance.now();
      await sleep(pause, undefined, { signal });
    }
  }

  /** Strikes out the open one, together with what follows from it. */
  async close(puts: readonly Put[]): Promise<void> {
    await this.#options.store.write([...puts, intentPut(undefined)]);
    this.#intent = undefined;
  }

  #prepare(call: Call & { readonly nonce: number }) {
    const { chain, account } = this.#options;
    return chain.as(account).prepareTransactionRequest(call);
  }

  #isTooDear(fees: Fees): boolean {
    const { maxGasPrice } = this.#options;
    return maxGasPrice !== undefined && priceOf(fees) > maxGasPrice;
  }

  async #receipt(): Promise<TransactionReceipt | undefined> {
    for (const { hash } of this.#intent?.attempts ?? [])
      try {
        return await this.#options.chain.client.getTransactionReceipt({ hash });
      } catch (error) {
        if (!(error instanceof TransactionReceiptNotFoundError)) throw error;
      }
    return undefined;
  }

  #nextNonce(): Promise<number> {
    const { chain, account } = this.#options;
    return chain.client.getTransactionCount({ address: account.address });
  }

  /** The last attempt, or one that offers more where the chain asks for more by now. */
  async #sendAgain(): Promise<void> {
    const { account } = this.#options;
    const intent = this.#intent as IntentRecord;
    const last = intent.attempts.at(-1) as IntentRecord['attempts'][number];
    const { to, data, gas, ...before } = parseTransaction(last.serialized as TransactionSerialized);
    const request = await this.#prepare({ to, data, gas, nonce: intent.nonce } as Call & { nonce: number });
    const raised = { ...request, ...raisedFees(request, before) };
    if (priceOf(request) <= priceOf(before) || this.#isTooDear(raised))
      return this.#broadcast(last.serialized);
    const serialized = await account.signTransaction(raised as never);
    await this.#write({ ...intent, attempts: [...intent.attempts, attempt(serialized)] });
    await this.#broadcast(serialized);
  }

  async #broadcast(serialized: Hex): Promise<void> {
    try {
      await this.#options.chain.client.sendRawTransaction({ serializedTransaction: serialized });
    } catch (error) {
      const said = error instanceof BaseError ? `${error.details} ${error.message}` : '';
      if (!KNOWN_ALREADY.test(said) && !NUMBER_USED.test(said)) throw error;
    }
    this.#isSent = true;
  }

  async #write(intent: IntentRecord): Promise<void> {
    await this.#options.store.write([intentPut(intent)]);
    this.#intent = intent;
  }
}

/** wei for a unit of gas, as far as the kind of transaction has them */
type Fees = { readonly [name in (typeof FEES)[number]]?: bigint | undefined };

/** The most that a unit of gas can cost, wei */
function priceOf({ maxFeePerGas, gasPrice }: Fees): bigint {
  return maxFeePerGas ?? gasPrice ?? 0n;
}

/** What the chain asks for, and so much more than before that it replaces it. */
function raisedFees(asked: Fees, before: Fees): Fees {
  const raised = FEES.map(name => {
    const least = ((before[name] ?? 0n) * REPLACEMENT) / 100n + 1n;
    const fee = asked[name];
    return [name, fee !== undefined && fee < least ? least : fee];
  });
  return Object.fromEntries(raised);
}

function attempt(serialized: Hex): IntentRecord['attempts'][number] {
  return { hash: keccak256(serialized), serialized };
}
