import type { MqttClient } from 'mqtt';
import type { SigningKey } from '../firmware/attest/device-key';
import { decodeEnvelope } from '../firmware/attest/envelope';
import { EVENT, type Event, LINK, READING, type Reading } from '../firmware/attest/signed-types';
import { type Registry, SigningDomain } from '../firmware/attest/signing-domain';
import { equal } from '../firmware/bytes';
import { add, type MilliwattHours, milliwattHours } from '../firmware/energy';
import type { Crypto } from '../firmware/host';
import { meterTopic } from '../firmware/link/topics';
import { type SignedDirective, signDirective } from './directive';
import { type ReadingProblem, ReadingVerifier } from './reading-verifier';
import type { Instruction, Market } from './simulation-market';

/** A reading as the operator received it. */
export interface ReceivedReading {
  readonly reading: Reading;
  /** Empty when signature, chain and registers are right. */
  readonly problems: readonly ReadingProblem[];
}

/** What the operator knows of one meter. */
export interface Account {
  readonly m3terId: bigint;
  /** 20 bytes, from the signed `Link`; undefined until it came. */
  readonly device: Uint8Array | undefined;
  /** Bought in total, ever. */
  readonly credited: MilliwattHours;
  /** Verified ones and others, each once, in the order of their coming; of those that a gateway keeps, the last. */
  readonly readings: readonly ReceivedReading[];
  /** How many came in all whose signature, chain and registers are right. */
  readonly verified: number;
  /** Every reading up to this one came and is right. */
  readonly acknowledged: number;
  readonly events: readonly Event[];
}

class OpenAccount implements Account {
  readonly m3terId: bigint;
  device: Uint8Array | undefined;
  verifier: ReadingVerifier | undefined;
  credited = milliwattHours(0);
  readonly readings: ReceivedReading[] = [];
  verified = 0;
  acknowledged = 0;
  readonly events: Event[] = [];

  constructor(m3terId: bigint) {
    this.m3terId = m3terId;
  }
}

/** Sells energy to meters and keeps their readings: an MQTT client with a key that the meters obey. */
export class Operator implements Market {
  readonly #domain: SigningDomain;
  readonly #key: SigningKey;
  readonly #client: MqttClient;
  readonly #accounts = new Map<bigint, OpenAccount>();
  /** By topic, what to do with a message. */
  readonly #handlers = new Map<string, (payload: Uint8Array) => void>();

  /**
   * @param key whose address the meters know as their operator's
   * @param client connected, or about to be; the operator's own until `close`
   */
  constructor(crypto: Crypto, key: SigningKey, registry: Registry, client: MqttClient) {
    this.#domain = new SigningDomain(crypto, registry);
    this.#key = key;
    this.#client = client;
    client.on('message', (topic, payload) => this.#handlers.get(topic)?.(new Uint8Array(payload)));
  }

  /** Takes a meter on: resolves when the broker has confirmed the subscriptions. */
  async open(m3terId: bigint): Promise<void> {
    const account = new OpenAccount(m3terId);
    this.#accounts.set(m3terId, account);
    const handlers: Readonly<Record<string, (payload: Uint8Array) => void>> = {
      link: payload => this.#onLink(account, payload),
      reading: payload => this.#onReading(account, payload),
      event: payload => this.#onEvent(account, payload),
    };
    const topic = (stream: string) => meterTopic(this.#domain.chainId, m3terId, stream);
    for (const [stream, handler] of Object.entries(handlers)) this.#handlers.set(topic(stream), handler);
    await this.#client.subscribeAsync(Object.keys(handlers).map(topic), { qos: 1 });
  }

  /** @throws Error when the meter was not taken on */
  account(m3terId: bigint): Account {
    return this.#opened(m3terId);
  }

  /** Sells so much more energy. The credit is retained: the meter gets it whenever it is there. */
  sell(m3terId: bigint, energy: MilliwattHours): void {
    const account = this.#opened(m3terId);
    account.credited = add(account.credited, energy);
    const total = { m3terId, credited: account.credited, withdrawn: 0 };
    this.#publish(signDirective(this.#domain, this.#key, 'credit', total));
  }

  instruct<Kind extends 'tariff' | 'supply'>(kind: Kind, message: Instruction<Kind>): Uint8Array {
    const directive = signDirective(this.#domain, this.#key, kind, message);
    this.#publish(directive);
    return directive.payload;
  }

  /** All is sold and answered in the turn in which it is asked for. */
  async settled(): Promise<void> {}

  /** Ends the client at once, with what was not sent yet. */
  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  /** Trusts the first device that claims the meter; one on a chain would ask the registry. */
  #onLink(account: OpenAccount, payload: Uint8Array): void {
    const claim = decodeEnvelope(LINK, payload);
    if (!claim.ok || account.device !== undefined) return;
    const { message, signature } = claim.value;
    const signer = this.#domain.signer(LINK, message, signature);
    if (message.m3terId !== account.m3terId || !signer || !equal(signer, message.device)) return;
    account.device = message.device;
    account.verifier = new ReadingVerifier(this.#domain, {
      m3terId: account.m3terId,
      device: account.device,
    });
  }

  #onReading(account: OpenAccount, payload: Uint8Array): void {
    if (account.verifier === undefined || isAhead(payload, account)) return;
    const { reading, repeated, problems } = account.verifier.accept(payload);
    if (reading === undefined) return;
    if (!repeated) account.readings.push({ reading, problems });
    if (!repeated && problems.length === 0) account.verified++;
    if (repeated || problems.length > 0 || reading.sequence !== account.acknowledged + 1) return;
    account.acknowledged = reading.sequence;
    const upTo = { m3terId: account.m3terId, sequence: reading.sequence };
    this.#publish(signDirective(this.#domain, this.#key, 'acknowledged', upTo));
  }

  #onEvent(account: OpenAccount, payload: Uint8Array): void {
    const event = decodeEnvelope(EVENT, payload);
    if (!event.ok || account.device === undefined) return;
    const { message, signature } = event.value;
    const signer = this.#domain.signer(EVENT, message, signature);
    const isNew = message.sequence > (account.events.at(-1)?.sequence ?? 0);
    if (isNew && signer && equal(signer, account.device)) account.events.push(message);
  }

  #publish(directive: SignedDirective): void {
    this.#client.publish(directive.topic, Buffer.from(directive.payload), { qos: 1, retain: true });
  }

  #opened(m3terId: bigint): OpenAccount {
    const account = this.#accounts.get(m3terId);
    if (account === undefined) throw new Error(`account: expected a meter taken on before, got ${m3terId}`);
    return account;
  }
}

/**
 * One or more before it did not come, as when the operator was away. It counts for nothing yet: the meter sends it again
 * behind what is missing, since neither is acknowledged.
 */
function isAhead(payload: Uint8Array, { acknowledged }: Account): boolean {
  const envelope = decodeEnvelope(READING, payload);
  return envelope.ok && envelope.value.message.sequence > acknowledged + 1;
}
