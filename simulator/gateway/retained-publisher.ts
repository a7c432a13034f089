import type { MqttClient } from 'mqtt';
import type { SigningKey } from '../../firmware/attest/device-key';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import type { DirectiveMessage } from '../../firmware/directives/directive';
import { signDirective } from '../directive';

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
  readonly #topics = new Map<string, Topic>();

  constructor(domain: SigningDomain, key: SigningKey, client: MqttClient) {
    this.#domain = domain;
    this.#key = key;
    this.#client = client;
  }

  /**
   * Resolves when the broker has this message or a later one of its kind for its meter, however long the broker is away;
   * rejects when the client has ended before.
   * @param message asked for when it is sent
   */
  publish<K extends Kind>(kind: K, m3terId: bigint, message: () => MessageOf<K>): Promise<void> {
    const id = `${kind} ${m3terId}`;
    const publish = async () => {
      const { topic, payload } = signDirective(this.#domain, this.#key, kind, message());
      await this.#client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
    };
    const topic = this.#topics.get(id);
    if (topic === undefined) return this.#begin(id, publish);
    const done = topic.next?.done ?? topic.underWay.then(() => this.#goOn(id));
    topic.next = { publish, done };
    return done;
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
