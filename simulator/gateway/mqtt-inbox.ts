import type { MqttClient } from 'mqtt';
import { generate, type IPublishPacket } from 'mqtt-packet';

/** Messages in hand before the broker's next one is taken: what it may send goes into memory until it is on the disk. */
const MOST_IN_HAND = 1000;

export interface Delivery {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The broker may have sent it before. */
  readonly isAgain: boolean;
}

/**
 * Takes messages from the broker and confirms each of QoS 1 when what became of it is on the disk, in the order in which they
 * came [MQTT-4.6.0-2]. mqtt.js by itself would have the next message wait for the PUBACK of the one before, and so each for
 * a flush of its own.
 */
export class MqttInbox {
  readonly #client: MqttClient;
  readonly #take: (delivery: Delivery) => Promise<void>;
  readonly #onFailure: (error: unknown) => void;
  #inHand = 0;
  #confirmed: Promise<void> = Promise.resolve();
  #resume: (() => void) | undefined;

  /**
   * From now on the client's messages come here.
   * @param take resolves when a message needs no sending again
   * @param onFailure it has rejected: nothing is confirmed any more
   */
  constructor(
    client: MqttClient,
    take: (delivery: Delivery) => Promise<void>,
    onFailure: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#take = take;
    this.#onFailure = onFailure;
    client.handleMessage = (packet, done) => this.#onPacket(packet, done);
  }

  /** Resolves when all that is in hand is confirmed; rejects when it cannot be. */
  async settled(): Promise<void> {
    while (this.#inHand > 0) await this.#confirmed;
  }

  #onPacket(packet: IPublishPacket, done: (error?: Error) => void): void {
    const { topic, qos, messageId, dup } = packet;
    const payload = new Uint8Array(packet.payload as Buffer);
    const taken = this.#take({ topic, payload, isAgain: dup });
    this.#inHand++;
    const { stream } = this.#client;
    this.#confirmed = Promise.all([taken, this.#confirmed]).then(() => {
      // to the connection it came by: another one's numbers are others
      if (qos === 1 && messageId !== undefined && stream === this.#client.stream && stream.writable)
        stream.write(generate({ cmd: 'puback', messageId }));
      this.#release();
    });
    this.#confirmed.catch(this.#onFailure);
    // With an error mqtt.js goes on and sends no PUBACK.
    const goOn = () => done(new Error('confirmed later'));
    if (this.#inHand < MOST_IN_HAND) goOn();
    else this.#resume = goOn;
  }

  #release(): void {
    this.#inHand--;
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
