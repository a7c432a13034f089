import type { MqttClient } from 'mqtt';
import { hexToBytes, type LocalAccount } from 'viem';
import type { SigningKey } from '../../firmware/attest/device-key';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { EVENT, type Event } from '../../firmware/attest/signed-types';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import type { Chain } from '../chain/chain';
import type { Deployment } from '../chain/deploy';
import { Failure } from '../errors';
import { failureReason } from './failure-reason';
import type { AccountChange, GatewayAccount, GivenKind } from './gateway-account';
import { GatewayBook } from './gateway-book';
import type { GatewayStore } from './gateway-store';
import { LinkDesk } from './link-desk';
import { Linker } from './linker';
import { MessageDesk } from './message-desk';
import { MqttInbox } from './mqtt-inbox';
import type { Notify } from './notice';
import { PaymentDesk } from './payment-desk';
import { type ProofPolicy, Prover } from './prover';
import { repeat } from './repeat';
import { RetainedPublisher } from './retained-publisher';
import { STORE_VERSION } from './store-records';
import { TransactionJournal } from './transaction-journal';

export interface GatewayOptions {
  readonly crypto: Crypto;
  /** The operator's: signs Credit and Acknowledgement. */
  readonly key: SigningKey;
  /** Connected or about to be, in the turn in which it was made; the gateway's own until `close`. */
  readonly client: MqttClient;
  readonly chain: Chain;
  readonly deployment: Pick<Deployment, 'registry' | 'protocol' | 'proof'>;
  /** The gateway's own until `close`, which closes it. */
  readonly store: GatewayStore;
  /** Pays for proofs and links; absent: none is sent. */
  readonly submitter?: LocalAccount;
  /** Blocks on top of a payment's until it counts, 0 or more. */
  readonly confirmations: number;
  /** The first block to look at when the store is new; 0 when absent. */
  readonly from?: bigint;
  /** Readings in a transaction; 32 when absent. */
  readonly batchSize?: number;
  /** s that a reading may wait for its batch to fill; an hour when absent. */
  readonly longestWait?: number;
  /** Which readings are proved; all when absent. */
  readonly policy?: ProofPolicy;
  /** wei for a unit of gas, above which nothing is sent; absent: whatever the chain asks. */
  readonly maxGasPrice?: bigint;
  /** Unix seconds, for `longestWait`; the system's time when absent. */
  readonly now?: () => number;
  readonly notify?: Notify;
}

/** How the gateway fares, for whoever looks after it. */
export interface GatewayHealth {
  /** Connected, subscribed, and nothing that we say is refused. */
  readonly broker: boolean;
  /** The last look at the chain has succeeded. */
  readonly chain: boolean;
  readonly store: boolean;
  /** The last block that was looked through. */
  readonly through: bigint | undefined;
  /** Readings that wait to be proved. */
  readonly unproved: number;
  /** mWh that were credited and are on the chain no more. */
  readonly beyondPayments: number;
}

/** ms from look to look, and from batch to batch */
const LOOK_INTERVAL = 1000;
const PROVE_INTERVAL = 5000;
/** ms until a broker that does not let us subscribe is asked again, at the beginning */
const SUBSCRIBE_INTERVAL = 5000;
const DEFAULTS = { from: 0n, batchSize: 32, longestWait: 3600, policy: 'all' } as const;

/** Bridges broker and chain: payments to credit, readings to acknowledgement and proof. */
export class Gateway {
  /** Called when something of an account is new. */
  onChange: ((m3terId: bigint, what: AccountChange) => void) | undefined;
  readonly #options: GatewayOptions;
  readonly #book: GatewayBook;
  readonly #inbox: MqttInbox;
  readonly #desk: MessageDesk;
  readonly #links: LinkDesk;
  readonly #publisher: RetainedPublisher;
  readonly #payments: PaymentDesk;
  readonly #submitting:
    | { readonly journal: TransactionJournal; readonly linker: Linker; readonly prover: Prover }
    | undefined;
  readonly #end = new AbortController();
  /** One look at a time, and one proof. */
  #looking: Promise<void> = Promise.resolve();
  #proving: Promise<void> = Promise.resolve();
  #isChainRight = false;
  #hasBegun = false;
  /** The broker has confirmed the subscriptions of this connection. */
  #isHeard = false;
  #failure: unknown;
  #rejectFailed: (error: unknown) => void = () => {};
  /** Rejects when the store has failed. */
  readonly #failed = new Promise<never>((_, reject) => {
    this.#rejectFailed = reject;
  });

  /**
   * Resolves when the broker has confirmed the subscriptions, however long it is away, and what was to be told before is on
   * its way again. Rejects when the client has ended meanwhile.
   * @throws Failure when the store is of another chain or registry
   */
  static async open(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    await gateway.#begin();
    return gateway;
  }

  private constructor(options: GatewayOptions) {
    this.#options = options;
    const { crypto, key, client, chain, deployment, store, confirmations, notify = () => {} } = options;
    const domain = new SigningDomain(crypto, {
      chainId: chain.id,
      registry: hexToBytes(deployment.registry),
    });
    const fail = (error: unknown) => this.#fail(error);
    const onChange = (m3terId: bigint, what: AccountChange) => this.onChange?.(m3terId, what);
    this.#book = new GatewayBook({ store, domain, notify, onChange });
    this.#links = new LinkDesk(this.#book, chain, deployment.registry, fail);
    this.#publisher = new RetainedPublisher(domain, key, client, notify);
    const parts = { book: this.#book, links: this.#links, publisher: this.#publisher };
    this.#desk = new MessageDesk({ ...parts, ownAddress: key.address, onFailure: fail });
    const from = options.from ?? DEFAULTS.from;
    this.#payments = new PaymentDesk({
      ...{ book: this.#book, chain, deployment, confirmations, from },
      onRegistered: m3terIds => this.#links.refresh(m3terIds),
      onCredited: meter => this.#book.track(this.#desk.credit(meter), fail),
    });
    this.#submitting = this.#submitter(notify);
    this.#inbox = new MqttInbox(client, delivery => this.#desk.take(delivery), fail);
    // one that was restored may have lost what it retained of late, though it knows our session
    client.on('connect', () => {
      if (this.#hasBegun) this.#book.track(this.#introduce(), error => this.#onUnheard(error));
    });
    // whoever waits for something hears of it
    this.#failed.catch(() => undefined);
  }

  get health(): GatewayHealth {
    return {
      broker: this.#options.client.connected && this.#isHeard && !this.#publisher.isRefused,
      chain: this.#isChainRight,
      store: this.#options.store.failure === undefined,
      through: this.#payments.through,
      unproved: this.#submitting?.prover.waiting ?? 0,
      beyondPayments: this.#payments.beyond,
    };
  }

  account(m3terId: bigint): GatewayAccount | undefined {
    return this.#book.meters.get(m3terId);
  }

  accounts(): Iterable<GatewayAccount> {
    return this.#book.meters.values();
  }

  /**
   * What the device of a meter has told, as it was last flushed, oldest first.
   * @param after with higher sequences only @param most of the last at most so many
   */
  *events(m3terId: bigint, after: number, most: number): Iterable<Event> {
    const device = this.#book.meters.get(m3terId)?.state;
    // a store that is closed cannot be read either
    if (device === undefined || this.#book.store.failure !== undefined) return;
    const last = device.record.events;
    for (const envelope of this.#book.store.events(device.name, Math.max(after, last - most), last)) {
      const event = decodeEnvelope(EVENT, envelope);
      // the device may have served another token before
      if (event.ok && event.value.message.m3terId === m3terId) yield event.value.message;
    }
  }

  /**
   * Keeps in mind that a directive for a meter is signed with this version. Resolves when that is on the disk.
   * @throws what the store failed with
   */
  async noteSigned(m3terId: bigint, kind: GivenKind, version: number): Promise<void> {
    const meter = this.#book.meter(m3terId);
    if (version <= meter.signed[kind]) return;
    meter.record = { ...meter.record, ...(kind === 'supply' ? { ordered: version } : { tariff: version }) };
    try {
      await this.#book.store.write([this.#book.meterPut(meter)]);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /**
   * One look: what is confirmed by now is credited. Resolves when the store holds it and the broker has it.
   * @throws viem's error when the node fails, Failure when it is another chain's: look again
   */
  lookForPayments(): Promise<void> {
    return this.#lookNext()
      .then(() => this.#book.settled())
      .then(() => this.#assertSound());
  }

  /**
   * Links the devices that ask for it where the registry lets the submitter, then submits what is due: full batches, or
   * all with `force`. Resolves when that is mined and noted.
   * @throws viem's error when the node fails: ask again
   */
  prove(force = false): Promise<void> {
    this.#proving = this.#proving.catch(() => undefined).then(() => this.#prove(force));
    return this.#proving;
  }

  /** Resolves when all that came from the broker so far is stored and answered. @throws what the store failed with */
  async settled(): Promise<void> {
    do {
      await Promise.race([this.#inbox.settled(), this.#failed]);
      await this.#book.settled();
      this.#assertSound();
    } while (this.#book.isBusy);
  }

  /**
   * In real time: looks, proves, tries again with backoff, until the signal.
   * @throws what the store failed with: nothing can be promised any more
   */
  async run(signal: AbortSignal): Promise<void> {
    const onFailure = (what: string) => (error: unknown) =>
      this.#options.notify?.({ code: 'chain-failed', detail: `${what}: ${failureReason(error)}` });
    const looks = { interval: LOOK_INTERVAL, signal, onFailure: onFailure('payments') };
    const proofs = { interval: PROVE_INTERVAL, signal, onFailure: onFailure('proofs') };
    const looking = repeat(() => this.#lookNext(), looks);
    const proving = repeat(() => this.prove(), proofs);
    await Promise.race([Promise.all([looking, proving]), aborted(signal), this.#failed]);
  }

  /** Ends client and store; what is not confirmed to the broker comes again. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#options.client.endAsync(true);
    await this.#options.store.close();
  }

  async #begin(): Promise<void> {
    const { chain, deployment, store } = this.#options;
    const name = (address: string) => toHex(hexToBytes(address as `0x${string}`));
    await store.identify({
      version: STORE_VERSION,
      chainId: chain.id,
      registry: name(deployment.registry),
      protocol: name(deployment.protocol),
      proof: name(deployment.proof),
    });
    while (!(await this.#isIntroduced())) await nextChance(this.#options.client);
    this.#hasBegun = true;
  }

  /** @throws when the client or the store is of no use any more */
  async #isIntroduced(): Promise<boolean> {
    const { client, store } = this.#options;
    if (client.disconnecting)
      throw new Failure('broker: expected a client to begin with, got one that has ended');
    if (!client.connected) return false;
    try {
      await this.#introduce();
      return true;
    } catch (error) {
      if (store.failure !== undefined) throw error;
      this.#onUnheard(error);
      return false;
    }
  }

  /** Subscribes, hears what we have said before, and says what we have to say. */
  async #introduce(): Promise<void> {
    const { chain, client } = this.#options;
    this.#isHeard = false;
    const topics = (...streams: string[]) => streams.map(stream => `m3ter/${chain.id}/+/${stream}`);
    // What is retained comes before the answer to the next subscription; more than one says of it, it is of no use.
    await client.subscribeAsync(topics('acknowledged', 'credit'), { qos: 0 });
    await client.subscribeAsync(topics('link', 'reading', 'event', 'credit'), { qos: 1 });
    await client.unsubscribeAsync(topics('acknowledged'));
    this.#isHeard = true;
    await this.#inbox.settled();
    this.#tellAll();
  }

  /** The broker does not let us subscribe, or the connection has ended meanwhile: then the next one is as good. */
  #onUnheard(error: unknown): void {
    this.#fail(error);
    if (this.#options.client.connected)
      this.#options.notify?.({ code: 'broker-failed', detail: failureReason(error) });
  }

  /** All is retained and total, so that saying it twice does no harm: nothing need note what the broker has. */
  #tellAll(): void {
    for (const meter of this.#book.meters.values()) {
      if (meter.durable.credited > 0 || meter.durable.withdrawn > 0)
        this.#book.track(this.#desk.credit(meter), error => this.#fail(error));
      if (meter.acknowledged > 0) this.#desk.acknowledge(meter);
    }
  }

  #lookNext(): Promise<void> {
    this.#looking = this.#looking.catch(() => undefined).then(() => this.#look());
    return this.#looking;
  }

  async #look(): Promise<void> {
    this.#book.track(this.#publisher.tryAgain(), error => this.#fail(error));
    const wasRight = this.#isChainRight;
    try {
      if (!wasRight) await this.#assertChain();
      await this.#payments.look();
      await this.#links.askAgain();
      this.#isChainRight = true;
    } catch (error) {
      this.#isChainRight = false;
      throw error;
    }
    if (!wasRight)
      this.#options.notify?.({ code: 'chain-reached', detail: `block ${this.#payments.through}` });
  }

  async #assertChain(): Promise<void> {
    const { chain } = this.#options;
    const id = await chain.client.getChainId();
    if (id !== chain.id) throw new Failure(`chain: expected id ${chain.id}, got ${id}`);
  }

  async #prove(force: boolean): Promise<void> {
    if (this.#submitting === undefined) return;
    const { journal, linker, prover } = this.#submitting;
    const outcome = await journal.outcome();
    if (outcome !== undefined && 'link' in outcome.purpose)
      await linker.note(outcome.purpose.link, outcome.receipt);
    else if (outcome !== undefined && 'readings' in outcome.purpose)
      await prover.note(outcome.purpose.readings, outcome.receipt);
    await linker.link();
    await prover.prove(force);
  }

  #submitter(notify: Notify) {
    const { submitter, chain, deployment, store, confirmations, maxGasPrice } = this.#options;
    if (submitter === undefined) return undefined;
    const { signal } = this.#end;
    const journal = new TransactionJournal({ chain, account: submitter, store, maxGasPrice, signal });
    const common = { chain, journal, submitter: submitter.address };
    const linker = new Linker({ ...common, links: this.#links, registry: deployment.registry, notify });
    const prover = new Prover({
      ...common,
      book: this.#book,
      proof: deployment.proof,
      confirmations,
      policy: this.#options.policy ?? DEFAULTS.policy,
      batchSize: this.#options.batchSize ?? DEFAULTS.batchSize,
      longestWait: this.#options.longestWait ?? DEFAULTS.longestWait,
      now: this.#options.now ?? (() => Date.now() / 1000),
    });
    return { journal, linker, prover };
  }

  /** Of the store: what is in memory may be ahead of it, so that nothing goes on. A client that has ended is none. */
  #fail(error: unknown): void {
    if (this.#options.store.failure === undefined) return;
    this.#failure ??= error;
    this.#rejectFailed(this.#failure);
  }

  #assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Resolves when there is a connection, or the client has ended; with a connection, after a while. */
function nextChance(client: MqttClient): Promise<void> {
  return new Promise(resolve => {
    const timer = client.connected ? setTimeout(() => done(), SUBSCRIBE_INTERVAL) : undefined;
    const done = () => {
      clearTimeout(timer);
      client.off('connect', done).off('end', done);
      resolve();
    };
    client.once('connect', done).once('end', done);
  });
}
