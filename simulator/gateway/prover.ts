import {
  type Address,
  encodeFunctionData,
  type Hash,
  parseEventLogs,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { READING, type Reading } from '../../firmware/attest/signed-types';
import { milliwattHours } from '../../firmware/energy';
import { PROOF_ABI } from '../chain/abi';
import type { Chain } from '../chain/chain';
import { gasLimit } from '../chain/gas-limit';
import { refusalOf, revertOf } from '../chain/revert';
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

/** A reading of which a reorganisation has taken the proof. */
interface TakenBack {
  readonly device: DeviceState;
  /** The last of its readings that the contract still has. */
  readonly left: number;
  readonly reward: bigint;
}

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
      const detail =
        receipt === 'lost' ? 'its number was taken, or is not reached any more' : receipt.transactionHash;
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
      device.settle(Math.max(device.record.through, reading.sequence));
      device.record = {
        ...device.record,
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
    const call = { to: proof, data, gas: gasLimit(estimate) };
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
    const simulation = chain.client.simulateContract({
      account: submitter,
      address: proof,
      abi: PROOF_ABI,
      functionName: 'submit',
      args: [signed],
    });
    return (await refusalOf(simulation))?.name;
  }

  #setAside({ key, device, reading }: Due, error: string): Put[] {
    const { book } = this.#options;
    const detail = `reading ${reading.sequence}: ${error}`;
    book.notify({ code: 'reading-set-aside', m3terId: reading.m3terId, detail });
    device.aside.add(reading.sequence);
    let { through } = device.record;
    while (device.aside.has(through + 1)) through++;
    device.settle(through);
    return [asidePut(key, error)];
  }

  /** Goes on behind what the contract has of this device. */
  async #catchUp({ device, reading }: Due): Promise<void> {
    const sequence = await this.#sequenceOnChain(reading.m3terId);
    const { record } = device;
    const through = Math.max(record.through, Math.min(sequence, device.durable));
    const last = this.#read([device.name, through])?.reading;
    device.settle(through);
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

  /** Looks again at mined proofs that should be certain by now; those that are not there any more are due again. */
  async #recheck(): Promise<void> {
    if (this.#mined.length === 0) return;
    const { book, chain, confirmations } = this.#options;
    const certain = (await chain.client.getBlockNumber()) - BigInt(confirmations);
    if (this.#mined.every(({ block }) => block > certain)) return;
    const left: MinedProof[] = [];
    const gone: MinedProof[] = [];
    for (const mined of this.#mined) {
      const block = mined.block > certain ? mined.block : await this.#blockOf(mined);
      if (block === undefined) gone.push(mined);
      else if (block > certain) left.push({ ...mined, block });
    }
    // nothing is changed before all is known: what the node fails in is done anew
    const taken: TakenBack[] = [];
    for (const mined of gone) taken.push(...(await this.#takenBack(mined)));
    for (const { hash } of gone) book.notify({ code: 'proof-vanished', detail: hash });
    for (const one of taken) this.#takeBack(one);
    const devices = new Set(taken.map(({ device }) => device));
    await book.store.write([...[...devices].map(device => book.devicePut(device)), minedPut(left)]);
    this.#mined = left;
  }

  /** Where it is by now; undefined when it is nowhere, or was mined again in vain. */
  async #blockOf({ hash }: MinedProof): Promise<bigint | undefined> {
    try {
      const { status, blockNumber } = await this.#options.chain.client.getTransactionReceipt({ hash });
      return status === 'success' ? blockNumber : undefined;
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return undefined;
      throw error;
    }
  }

  async #takenBack({ readings, rewards }: MinedProof): Promise<TakenBack[]> {
    const taken: TakenBack[] = [];
    for (const [index, key] of readings.entries()) {
      const due = this.#read(key);
      if (due === undefined) continue;
      const left = await this.#sequenceOnChain(due.reading.m3terId);
      taken.push({ device: due.device, left, reward: rewards[index] ?? 0n });
    }
    return taken;
  }

  #takeBack({ device, left, reward: lost }: TakenBack): void {
    const { proved, through } = device.record;
    const reward = proved.reward - lost;
    const last = this.#read([device.name, left])?.reading;
    device.record =
      left >= proved.sequence
        ? { ...device.record, proved: { ...proved, reward } }
        : {
            ...device.record,
            through: Math.min(through, left),
            proved: {
              sequence: left,
              energy: milliwattHours(last?.imported ?? 0),
              reward,
              hash: undefined,
            },
          };
  }

  /** The next batch: those who wait for longest first; none when it is not full and nothing presses. */
  #next(force: boolean): readonly Due[] {
    const { book, batchSize, longestWait, now } = this.#options;
    const time = now();
    const waiting = [...book.devices.values()].filter(({ durable, record }) => durable > record.through);
    const since = (device: DeviceState) => this.#since.get(device) ?? time;
    // where the clock was set back, too, none has begun to wait in the future
    for (const device of waiting) this.#since.set(device, Math.min(since(device), time));
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
