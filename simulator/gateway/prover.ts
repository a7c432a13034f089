import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  encodeFunctionData,
  type Hash,
  parseEventLogs,
  type TransactionReceipt,
} from 'viem';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { READING, type Reading } from '../../firmware/attest/signed-types';
import { milliwattHours } from '../../firmware/energy';
import { PROOF_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';
import { type SignedReading, signedReading } from '../chain/signed-reading';
import type { DeviceState } from './device-state';
import type { GatewayBook } from './gateway-book';
import { asidePut, minedPut, type Put } from './gateway-store';
import type { MinedProof, ReadingKey } from './store-records';
import type { TransactionJournal } from './transaction-journal';

/** `latest`: those between are left out, since registers are totals; the chain then holds fewer digests, for less gas. */
export type ProofPolicy = 'all' | 'latest';

export interface ProverOptions {
  readonly book: GatewayBook;
  readonly chain: Chain;
  /** The contract. */
  readonly proof: Address;
  readonly journal: TransactionJournal;
  /** Who pays. */
  readonly submitter: Address;
  readonly policy: ProofPolicy;
  readonly batchSize: number;
  /** s */
  readonly longestWait: number;
  readonly confirmations: number;
  /** Unix seconds */
  readonly now: () => number;
}

/** A reading that is to be proved. */
interface Due {
  readonly key: ReadingKey;
  readonly device: DeviceState;
  readonly reading: Reading;
  readonly signed: SignedReading;
}

/** Percent of the estimate: other proofs may come in between. */
export const GAS_MARGIN = 120n;
/** What is amiss is the reading itself, for ever. Any other refusal is the contracts' state, and may pass. */
const CULPABLE: ReadonlySet<string> = new Set([
  'WrongSigner',
  'RegisterDecreased',
  'ECDSAInvalidSignature',
  'ECDSAInvalidSignatureLength',
  'ECDSAInvalidSignatureS',
]);

/** Submits stored readings to the proof of impact, each once, at a bounded cost. */
export class Prover {
  readonly #options: ProverOptions;
  /** When a device's readings began to wait. */
  readonly #since = new Map<DeviceState, number>();
  /** Proofs that a reorganisation can still take back. */
  #mined: readonly MinedProof[];

  constructor(options: ProverOptions) {
    this.#options = options;
    this.#mined = options.book.store.mined;
  }

  /** How many readings wait. */
  get waiting(): number {
    let count = 0;
    for (const { durable, record, aside } of this.#options.book.devices.values())
      count += durable - record.through - aside.size;
    return count;
  }

  /**
   * Submits full batches; with `force`, or when a reading has waited for long, what there is.
   * @throws viem's error when the node fails: ask again
   */
  async prove(force: boolean): Promise<void> {
    await this.#recheck();
    for (let batch = this.#next(force); batch.length > 0; batch = this.#next(force))
      if (!(await this.#submit(batch))) return;
  }

  /** Takes note of a transaction of ours. */
  async note(keys: readonly ReadingKey[], receipt: TransactionReceipt | 'lost'): Promise<void> {
    const { book, journal } = this.#options;
    if (receipt === 'lost' || receipt.status === 'reverted') {
      // What was amiss shows when the batch is tried anew.
      const detail = receipt === 'lost' ? 'another transaction took its number' : receipt.transactionHash;
      book.notify({ code: 'batch-reverted', detail });
      return journal.close([]);
    }
    const rewards = this.#rewards(receipt);
    const devices = this.#proved(keys, rewards, receipt.transactionHash);
    const mined = { hash: receipt.transactionHash, block: receipt.blockNumber, readings: [...keys], rewards };
    if (this.#options.confirmations > 0) this.#mined = [...this.#mined, mined];
    await journal.close([...devices.map(device => book.devicePut(device)), minedPut(this.#mined)]);
    const detail = `${keys.length} readings, ${receipt.gasUsed} gas, ${receipt.transactionHash}`;
    book.notify({ code: 'batch-mined', count: Number(receipt.gasUsed), detail });
    for (const [m3terId, meter] of book.meters)
      if (meter.state !== undefined && devices.includes(meter.state)) book.onChange(m3terId, 'proved');
  }

  /** What the contract says that each reading of a batch has earned. */
  #rewards({ logs }: TransactionReceipt): bigint[] {
    const proof = this.#options.proof.toLowerCase();
    return parseEventLogs({ abi: PROOF_ABI, eventName: 'Impact', logs: [...logs] })
      .filter(({ address }) => address.toLowerCase() === proof)
      .map(({ args }) => args.reward);
  }

  #proved(keys: readonly ReadingKey[], rewards: readonly bigint[], transaction: Hash): DeviceState[] {
    const devices = new Set<DeviceState>();
    for (const [index, key] of keys.entries()) {
      const due = this.#read(key);
      const reward = rewards[index];
      if (due === undefined || reward === undefined) continue;
      const { device, reading } = due;
      device.record = {
        ...device.record,
        through: Math.max(device.record.through, reading.sequence),
        proved: {
          sequence: reading.sequence,
          energy: milliwattHours(reading.imported),
          reward: device.record.proved.reward + reward,
          hash: transaction,
        },
      };
      this.#since.delete(device);
      devices.add(device);
    }
    return [...devices];
  }

  /** @returns false when it costs too much now */
  async #submit(batch: readonly Due[]): Promise<boolean> {
    const { book, proof, journal } = this.#options;
    const estimate = await this.#estimate(batch);
    if (estimate === 'reverts') {
      await this.#findCulprits(batch);
      return true;
    }
    const data = encodeFunctionData({
      abi: PROOF_ABI,
      functionName: 'submitBatch',
      args: [batch.map(({ signed }) => signed)],
    });
    const call = { to: proof, data, gas: (estimate * GAS_MARGIN) / 100n };
    const readings = batch.map(({ key }) => key);
    if (!(await journal.send(call, { readings }))) {
      book.notify({ code: 'gas-too-dear', detail: `${batch.length} readings wait` });
      return false;
    }
    book.notify({ code: 'batch-sent', count: batch.length });
    const outcome = await journal.outcome();
    if (outcome !== undefined) await this.note(readings, outcome.receipt);
    return true;
  }

  async #estimate(batch: readonly Due[]): Promise<bigint | 'reverts'> {
    const { chain, proof, submitter } = this.#options;
    try {
      return await chain.client.estimateContractGas({
        account: submitter,
        address: proof,
        abi: PROOF_ABI,
        functionName: 'submitBatch',
        args: [batch.map(({ signed }) => signed)],
      });
    } catch (error) {
      if (revertOf(error) === undefined) throw error;
      return 'reverts';
    }
  }

  /** Tries each by itself. What the contract has already is done; what it refuses by itself is set aside. */
  async #findCulprits(batch: readonly Due[]): Promise<void> {
    const puts: Put[] = [];
    const touched = new Set<DeviceState>();
    let refusal: string | undefined;
    for (const due of batch) {
      const error = await this.#refusal(due);
      if (error === 'Replayed') await this.#catchUp(due);
      else if (error !== undefined && CULPABLE.has(error)) puts.push(...this.#setAside(due, error));
      else {
        refusal ??= error;
        continue;
      }
      touched.add(due.device);
    }
    if (touched.size === 0)
      throw new Error(
        `batch: expected a contract that takes it, got ${refusal ?? 'a refusal of no one of it'}`,
      );
    await this.#options.book.store.write([
      ...puts,
      ...[...touched].map(device => this.#options.book.devicePut(device)),
    ]);
  }

  /** The name of the error with which the contract refuses this one. @throws viem's error when the node fails */
  async #refusal({ signed }: Due): Promise<string | undefined> {
    const { chain, proof, submitter } = this.#options;
    try {
      await chain.client.simulateContract({
        account: submitter,
        address: proof,
        abi: PROOF_ABI,
        functionName: 'submit',
        args: [signed],
      });
      return undefined;
    } catch (error) {
      const revert = revertOf(error);
      if (revert === undefined) throw error;
      return revert;
    }
  }

  #setAside({ key, device, reading }: Due, error: string): Put[] {
    const { book } = this.#options;
    const detail = `reading ${reading.sequence}: ${error}`;
    book.notify({ code: 'reading-set-aside', m3terId: reading.m3terId, detail });
    device.aside.add(reading.sequence);
    let { through } = device.record;
    while (device.aside.delete(through + 1)) through++;
    device.record = { ...device.record, through };
    return [asidePut(key, error)];
  }

  /** Goes on behind what the contract has of this device. */
  async #catchUp({ device, reading }: Due): Promise<void> {
    const sequence = await this.#sequenceOnChain(reading.m3terId);
    const { record } = device;
    const through = Math.max(record.through, Math.min(sequence, device.durable));
    const last = this.#read([device.name, through])?.reading;
    device.record = { ...record, through };
    if (last !== undefined && last.sequence > record.proved.sequence)
      device.record = {
        ...device.record,
        proved: {
          ...record.proved,
          sequence: last.sequence,
          energy: milliwattHours(last.imported),
        },
      };
  }

  async #sequenceOnChain(m3terId: bigint): Promise<number> {
    const { chain, proof } = this.#options;
    const call = { address: proof, abi: PROOF_ABI, functionName: 'registersOf', args: [m3terId] } as const;
    return Number((await chain.client.readContract(call)).sequence);
  }

  /** Whether mined proofs that are confirmed by now are still there; those that vanished are due again. */
  async #recheck(): Promise<void> {
    if (this.#mined.length === 0) return;
    const { book, chain, confirmations } = this.#options;
    const head = await chain.client.getBlockNumber();
    const left: MinedProof[] = [];
    const touched = new Set<DeviceState>();
    for (const mined of this.#mined) {
      if (mined.block + BigInt(confirmations) > head) left.push(mined);
      else if (!(await this.#isThere(mined)))
        for (const device of await this.#takeBack(mined)) touched.add(device);
    }
    if (left.length === this.#mined.length) return;
    await book.store.write([...[...touched].map(device => book.devicePut(device)), minedPut(left)]);
    this.#mined = left;
  }

  async #isThere({ hash }: MinedProof): Promise<boolean> {
    try {
      await this.#options.chain.client.getTransactionReceipt({ hash });
      return true;
    } catch (error) {
      if (error instanceof BaseError && error.name === 'TransactionReceiptNotFoundError') return false;
      throw error;
    }
  }

  async #takeBack({ hash, readings, rewards }: MinedProof): Promise<ReadonlySet<DeviceState>> {
    this.#options.book.notify({ code: 'proof-vanished', detail: hash });
    const devices = new Set<DeviceState>();
    for (const [index, key] of readings.entries()) {
      const due = this.#read(key);
      if (due === undefined) continue;
      const { device, reading } = due;
      const sequence = await this.#sequenceOnChain(reading.m3terId);
      const { proved, through } = device.record;
      const reward = proved.reward - (rewards[index] ?? 0n);
      const last = this.#read([device.name, sequence])?.reading;
      device.record =
        sequence >= proved.sequence
          ? { ...device.record, proved: { ...proved, reward } }
          : {
              ...device.record,
              through: Math.min(through, sequence),
              proved: { ...proved, sequence, energy: milliwattHours(last?.imported ?? 0), reward },
            };
      devices.add(device);
    }
    return devices;
  }

  /** The next batch: those who wait for longest first; none when it is not full and nothing presses. */
  #next(force: boolean): readonly Due[] {
    const { book, batchSize, longestWait, now } = this.#options;
    const time = now();
    const waiting = [...book.devices.values()].filter(({ durable, record }) => durable > record.through);
    for (const device of waiting) if (!this.#since.has(device)) this.#since.set(device, time);
    const since = (device: DeviceState) => this.#since.get(device) ?? time;
    waiting.sort((a, b) => since(a) - since(b));
    const batch: Due[] = [];
    for (const device of waiting) {
      for (const due of this.#dueOf(device)) if (batch.length < batchSize) batch.push(due);
      if (batch.length === batchSize) return batch;
    }
    const first = batch[0];
    return force || (first && time - since(first.device) >= longestWait) ? batch : [];
  }

  *#dueOf(device: DeviceState): Iterable<Due> {
    const { book, policy, batchSize } = this.#options;
    const { durable, record } = device;
    const after = policy === 'latest' ? durable - 1 : record.through;
    const upTo = Math.min(durable, after + batchSize + device.aside.size);
    for (const { key, envelope } of book.store.readings(device.name, after, upTo)) {
      const due = device.aside.has(key[1]) ? undefined : this.#decode(key, device, envelope);
      if (due !== undefined) yield due;
    }
  }

  #read(key: ReadingKey): Due | undefined {
    const { book } = this.#options;
    const device = book.devices.get(key[0]);
    const stored = book.store.reading(key);
    return device && stored && this.#decode(key, device, stored.envelope);
  }

  #decode(key: ReadingKey, device: DeviceState, envelope: Uint8Array): Due | undefined {
    const decoded = decodeEnvelope(READING, envelope);
    if (!decoded.ok) return undefined;
    return { key, device, reading: decoded.value.message, signed: signedReading(decoded.value) };
  }
}

/** The name of the error that a contract reverts with; undefined when it is something else that failed. */
export function revertOf(error: unknown): string | undefined {
  const revert = error instanceof BaseError && error.walk(e => e instanceof ContractFunctionRevertedError);
  if (!(revert instanceof ContractFunctionRevertedError)) return undefined;
  return revert.data?.errorName ?? revert.reason ?? 'revert';
}
