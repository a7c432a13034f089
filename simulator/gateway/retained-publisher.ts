import { ErrorWithReasonCode, type MqttClient } from 'mqtt';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveMessage } from '../../firmware/directives/directive';
import { signDirective } from '../directive';
import type { Notify } from './notice';

type Kind = 'credit' | 'acknowledged';
type MessageOf<K extends Kind> = DirectiveMessage<K> & { readonly m3terId: bigint };

/** What is said on one topic: one message is under way, and behind it at most one. */
interface Topic {
  readonly underWay: Promise<void>;
  next: { readonly publish: () => Promise<void>; readonly done: Promise<void> } | undefined;
}

/**
 * Signs and publishes retained directives. All are totals, so that while one is under way only the newest of those behind it
 * counts, and only what is sent is signed.
 */
export class RetainedPublisher {
  readonly #domain: SigningDomain;
  readonly #key: SigningKey;
  readonly #client: MqttClient;
  readonly #notify: Notify;
  readonly #topics = new Map<string, Topic>();
  /** What the broker did not take, the longest untried first. */
  readonly #refused = new Map<string, () => Promise<void>>();

  constructor(domain: SigningDomain, key: SigningKey, client: MqttClient, notify: Notify) {
    this.#domain = domain;
    this.#key = key;
    this.#client = client;
    this.#notify = notify;
  }

  /**
   * Resolves when the broker has this message or a later one of its kind for its meter, however long the broker is away;
   * rejects when the client has ended before, or when the broker refuses it, as MQTT 5 can tell: then it is kept for
   * `tryAgain`.
   * @param message asked for when it is sent
   */
  publish<K extends Kind>(kind: K, m3terId: bigint, message: () => MessageOf<K>): Promise<void> {
    const id = `${kind} ${m3terId}`;
    const publish = async () => {
      const { topic, payload } = signDirective(this.#domain, this.#key, kind, message());
      this.#refused.delete(id);
      try {
        await this.#client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
      } catch (error) {
        if (!(error instanceof ErrorWithReasonCode)) throw error;
        this.#refused.set(id, () => this.publish(kind, m3terId, message));
        this.#notify({ code: 'broker-refused', m3terId, detail: `${topic}: ${error.message}` });
        throw error;
      }
    };
    const topic = this.#topics.get(id);
    if (topic === undefined) return this.#begin(id, publish);
    const done = topic.next?.done ?? topic.underWay.then(() => this.#goOn(id));
    topic.next = { publish, done };
    return done;
  }

  /** The broker has refused something that it has not taken since. */
  get isRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** One of what was refused, and all the others when it is taken. Rejects as `publish`. */
  async tryAgain(): Promise<void> {
    const [first] = this.#refused.values();
    await first?.();
    await Promise.all([...this.#refused.values()].map(publish => publish()));
  }

  #begin(id: string, publish: () => Promise<void>): Promise<void> {
    const topic: Topic = { underWay: publish(), next: undefined };
    this.#topics.set(id, topic);
    topic.underWay.then(
      () => topic.next === undefined && this.#topics.delete(id),
      () => this.#topics.delete(id),
    );
    return topic.underWay;
  }

  #goOn(id: string): Promise<void> {
    const { next } = this.#topics.get(id) as Topic;
    return this.#begin(id, (next as NonNullable<Topic['next']>).publish);
  }
}
