import {
  type Abi,
  type Address,
  bytesToHex,
  encodeFunctionData,
  formatEther,
  type Hash,
  type Hex,
  keccak256,
  type TransactionReceipt,
} from 'viem';
import { type LocalAccount, privateKeyToAccount } from 'viem/accounts';
import { createCrypto } from '../../hosts/node/crypto';
import type { SendingClient } from '../chain/chain';
import { openContracts } from '../chain/deploy';
import { gasLimit } from '../chain/gas-limit';
import { waitForReceipt } from '../chain/wait-for-receipt';
import { Failure } from '../errors';
import { failureReason } from '../gateway/failure-reason';
import { CHAIN_KEY_VARIABLE, type SendingOptions } from './chain-options';
import { type ChainPlace, openPlace } from './chain-place';
import { readKey } from './gateway-inputs';

/** A call as viem's simulation of it has found it good. */
export interface Request {
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args?: readonly unknown[] | undefined;
}

/** What one or more transactions may use up at most. */
export interface Cost {
  readonly gas: bigint;
  /** Of the chain's coin, in its smallest unit */
  readonly fee: bigint;
}

/** A transaction that would be taken. */
export interface Plan {
  readonly cost: Cost;
  /** viem's, with all its fields */
  readonly transaction: { readonly nonce: number };
}

/** ms that a block may take to come: some of the slowest chain. */
const BLOCK_TIMEOUT = 120_000;

/** The account of whoever runs a command: plans transactions, and sends them. */
export class ChainSender {
  readonly place: ChainPlace;
  readonly client: SendingClient;
  readonly contracts: ReturnType<typeof openContracts<SendingClient>>;
  readonly #account: LocalAccount;

  private constructor(place: ChainPlace, account: LocalAccount) {
    this.place = place;
    this.client = place.chain.as(account);
    this.contracts = openContracts(this.client, place.deployment);
    this.#account = account;
  }

  /** @throws UsageError, Failure, viem's errors as `readKey` and `openPlace` do */
  static async open(options: SendingOptions): Promise<ChainSender> {
    const { privateKey } = readKey(createCrypto(), options.key, CHAIN_KEY_VARIABLE);
    const account = privateKeyToAccount(bytesToHex(privateKey));
    return new ChainSender(await openPlace(options), account);
  }

  get address(): Address {
    return this.#account.address;
  }

  /** @throws Failure when there is not the gas money for it, viem's errors when the node fails or the contract refuses */
  async plan({ address, abi, functionName, args }: Request): Promise<Plan> {
    const call = { account: this.#account, address, abi, functionName, args: args ?? [] };
    const gas = gasLimit(await this.client.estimateContractGas(call));
    const data = encodeFunctionData(call);
    const transaction = await this.client.prepareTransactionRequest({ to: address, data, gas });
    const fee = gas * (transaction.maxFeePerGas ?? transaction.gasPrice ?? 0n);
    await this.assertFunds(fee);
    return { cost: { gas, fee }, transaction };
  }

  /**
   * The receipt, once there are so many blocks on top of its own.
   * @throws Failure that says whether it may be mined yet
   */
  async send({ transaction }: Plan, confirmations: number): Promise<TransactionReceipt> {
    const serialized = await this.#account.signTransaction(transaction as never);
    const hash = keccak256(serialized);
    await this.#broadcast(hash, serialized);
    if (process.stderr.isTTY) process.stderr.write(`sent ${hash}, which waits to be mined\n`);
    const receipt = await this.#mined(hash, transaction.nonce, confirmations);
    if (receipt.status === 'success') return receipt;
    throw new Failure(`transaction ${hash}: expected success, got a revert in block ${receipt.blockNumber}`);
  }

  /** @throws Failure when the account has less of the chain's coin */
  async assertFunds(fee: bigint): Promise<void> {
    const funds = await this.client.getBalance({ address: this.address });
    if (funds < fee)
      throw new Failure(
        `expected ${formatEther(fee)} of the chain's coin for gas, got ${formatEther(funds)} at ${this.address}`,
      );
  }

  /** A node can fail, or call it known, after it has taken it. */
  async #broadcast(hash: Hash, serializedTransaction: Hex): Promise<void> {
    try {
      await this.client.sendRawTransaction({ serializedTransaction });
    } catch (error) {
      if (await this.#isKnown(hash)) return;
      throw new Failure(
        `transaction ${hash}: expected the node to take it, got ${failureReason(error)}; see whether it did before another try`,
      );
    }
  }

  async #isKnown(hash: Hash): Promise<boolean> {
    return this.client.getTransaction({ hash }).then(
      () => true,
      () => false,
    );
  }

  async #mined(hash: Hash, nonce: number, confirmations: number): Promise<TransactionReceipt> {
    const place = { from: this.address, nonce };
    const timeout = BLOCK_TIMEOUT * (confirmations + 1);
    const wait = waitForReceipt(this.client, hash, { confirmations, timeout, place });
    const outcome = await wait.catch(failureReason);
    if (typeof outcome === 'object') return outcome;
    const got =
      outcome === 'replaced'
        ? 'another one of this account in its place'
        : `${outcome === 'late' ? 'none in time' : outcome}; it is sent, and may be mined yet`;
    throw new Failure(`transaction ${hash}: expected its receipt, got ${got}`);
  }
}
