import { createHash, type Hash } from 'node:crypto';
import { type Registry, SigningDomain } from '../../firmware/attest/signing-domain';
import type { Crypto } from '../../firmware/host';
import { VirtualClock } from '../../hosts/mock/clock';
import { Prng } from '../../hosts/mock/prng';
import { createCrypto } from '../../hosts/node/crypto';
import { Broker } from '../../simulator/broker/broker';
import { firstCome } from '../../simulator/broker/broker-login';
import { makeLinkOffer } from '../../simulator/link-document';
import { withNativeSignatures } from '../../simulator/native-signatures';
import { Operator } from '../../simulator/operator';
import { BatteredMeter } from './battered-meter';
import { EventRecord } from './event-record';
import { Instructions } from './instructions';
import { OperatorLine } from './operator-line';
import { keyFrom, Parties } from './parties';
import type { Breach, OnBreach } from './promises';
import { Fate } from './weather';

export const DAY = 86_400_000;
/** Midnight, UTC */
const START_TIME = Date.UTC(2026, 5, 1) / 1000;
const REGISTRY: Registry = { chainId: 31337, registry: new Uint8Array(20).fill(0x33) };
/** Turns of the event loop without traffic after which all is quiet */
const QUIET_TURNS = 8;

/** A meter, what it is told, and what became of what it said. */
export interface Customer {
  readonly meter: BatteredMeter;
  readonly instructions: Instructions;
  readonly parties: Parties;
  /** Who keeps its readings. */
  readonly operator: Operator;
  readonly events: EventRecord;
}

/** Battered meters, a broker and an operator on one virtual clock. Calm, unless somebody makes weather. */
export class World {
  readonly clock = new VirtualClock(START_TIME);
  readonly customers: readonly Customer[];
  readonly line: OperatorLine;
  readonly breaches: Breach[] = [];
  /** Told at once of each promise that is broken. */
  onBreach: ((breach: Breach) => void) | undefined;
  readonly #crypto: Crypto;
  readonly #domain: SigningDomain;
  /** Of all that the operator got, in its order. */
  readonly #received: Hash = createHash('sha256');
  readonly #isLinked = firstCome();
  #broker: Broker | undefined;
  /** What cannot be done within a turn. */
  #tasks: (() => Promise<void>)[] = [];

  private constructor(seed: string, meters: number) {
    const prng = new Prng(seed);
    const random = prng.fork('random');
    this.#crypto = withNativeSignatures(createCrypto(length => random.bytes(length)));
    this.#domain = new SigningDomain(this.#crypto, REGISTRY);
    const first = { owner: keyFrom(prng.fork('owner')), operator: keyFrom(prng.fork('operator')) };
    this.line = new OperatorLine(this.clock, new Fate(prng.fork('line')));
    this.customers = Array.from({ length: meters }, (_, index) => {
      const m3terId = BigInt(index + 1);
      const fork = prng.fork(`meter ${m3terId}`);
      const parties = new Parties(fork.fork('parties'), first);
      const operator = new Operator(this.#crypto, parties.operatorKey, REGISTRY, this.line.client);
      const instructions = new Instructions(m3terId, {
        ...{ domain: this.#domain, parties, line: this.line },
        ...{ fate: new Fate(fork.fork('instructions')), now: () => this.clock.now() as number },
      });
      const meter = new BatteredMeter({
        ...{ clock: this.clock, crypto: this.#crypto, domain: this.#domain, prng: fork, m3terId },
        ...{ parties, told: instructions.told, onBreach: this.#onBreach },
        onRoles: version => instructions.onRoles(version),
      });
      return { meter, instructions, parties, operator, events: new EventRecord(this.#domain) };
    });
    this.line.on('message', (topic: string, payload: Buffer) => this.#onMessage(topic, payload));
  }

  /** All meters linked, online, and sold their first energy. */
  static async open(seed: string, meters: number): Promise<World> {
    const world = new World(seed, meters);
    await world.startBroker();
    for (const { meter, operator } of world.customers) await operator.open(meter.m3terId);
    for (const { meter, instructions, parties } of world.customers) {
      const offer = { ...REGISTRY, m3terId: meter.m3terId, operator: parties.operator.address };
      meter.link(makeLinkOffer(world.#crypto, parties.owner, offer));
      instructions.changeTariff();
      instructions.sell();
    }
    await world.#settle();
    return world;
  }

  /** ms since the start */
  get time(): number {
    return this.clock.monotonic();
  }

  /** Of all readings and events that the operator got, in their order. */
  get digest(): string {
    return this.#received.copy().digest('hex');
  }

  readonly #onBreach: OnBreach = (promise, m3terId, message) => {
    const breach = { promise, m3terId, day: this.time / DAY, message };
    this.breaches.push(breach);
    this.onBreach?.(breach);
  };

  /** To be judged at the end. */
  judge(judge: (customer: Customer, onBreach: OnBreach) => void): void {
    for (const customer of this.customers) judge(customer, this.#onBreach);
  }

  /** Does it as soon as the present turn is over, before time goes on. */
  soon(task: () => Promise<void>): void {
    this.#tasks.push(task);
  }

  /** Lets time pass up to so many ms from the start. */
  async runUntil(end: number): Promise<void> {
    for (let next = this.clock.next; next !== undefined && next <= end; next = this.clock.next) {
      const before = this.#traffic();
      this.clock.runUntil(next);
      const tasks = this.#tasks;
      if (tasks.length > 0) this.#tasks = [];
      for (const task of tasks) await task();
      if (tasks.length > 0 || this.#traffic() !== before) await this.#settle();
    }
    this.clock.runUntil(end);
  }

  /** @returns what it had retained, by topic */
  async stopBroker(): Promise<ReadonlyMap<string, Buffer>> {
    const broker = this.#broker;
    if (broker === undefined) return new Map();
    const retained = await this.#retainedBy(broker);
    this.#broker = undefined;
    await this.line.disconnect();
    for (const { meter } of this.customers) meter.network.leave();
    await this.#settle();
    await broker.close();
    return retained;
  }

  /** @param retained what one before had; absent: this one knows nothing, and is told again */
  async startBroker(retained?: ReadonlyMap<string, Buffer>): Promise<void> {
    const broker = await Broker.open({
      logins: {
        ...{ domain: this.#domain, names: ['broker'], isLinked: this.#isLinked },
        now: () => this.clock.now() as number,
      },
    });
    this.#broker = broker;
    if (retained !== undefined) await restore(broker, retained);
    for (const { meter } of this.customers) meter.network.reach(broker.network());
    await this.line.connect(broker, retained === undefined);
  }

  /** The operator comes back, if there is a broker. */
  async connectOperator(): Promise<void> {
    if (this.#broker !== undefined && !this.line.isUp) await this.line.connect(this.#broker);
  }

  get hasBroker(): boolean {
    return this.#broker !== undefined;
  }

  async close(): Promise<void> {
    for (const { meter } of this.customers) meter.cutPower();
    await this.line.disconnect();
    await this.#broker?.close();
  }

  async #retainedBy(broker: Broker): Promise<ReadonlyMap<string, Buffer>> {
    const retained = new Map<string, Buffer>();
    const client = broker.client('disk');
    client.on('message', (topic, payload, { retain }) => {
      if (retain) retained.set(topic, payload);
    });
    await client.subscribeAsync('#', { qos: 1 });
    await this.#settle();
    await client.endAsync(true);
    return retained;
  }

  #onMessage(topic: string, payload: Buffer): void {
    const [, , id, stream] = topic.split('/');
    this.#received.update(topic).update(payload);
    if (stream === 'event') this.customers[Number(id) - 1]?.events.add(new Uint8Array(payload));
  }

  #traffic(): number {
    let sum = this.line.traffic;
    for (const { meter } of this.customers) sum += meter.network.traffic;
    return sum;
  }

  /** Until nobody has anything more to say before time goes on. */
  async #settle(): Promise<void> {
    for (let quiet = 0, before = this.#traffic(); quiet < QUIET_TURNS; quiet++) {
      await new Promise(resolve => setImmediate(resolve));
      if (this.#traffic() !== before) quiet = -1;
      before = this.#traffic();
    }
  }
}

async function restore(broker: Broker, retained: ReadonlyMap<string, Buffer>): Promise<void> {
  const client = broker.client('disk');
  for (const [topic, payload] of retained)
    await client.publishAsync(topic, payload, { qos: 1, retain: true });
  await client.endAsync(true);
}
