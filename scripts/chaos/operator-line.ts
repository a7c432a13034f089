import { EventEmitter } from 'node:events';
import type { MqttClient } from 'mqtt';
import type { VirtualClock } from '../../hosts/mock/clock';
import type { Broker } from '../../simulator/broker/broker';
import type { Fate } from './weather';

/** ms that an acknowledgement is late at most */
const LATEST = 7_200_000;
/** Of an acknowledgement, that it is never said, or said late. */
const LOST = 0.15;
const LATE = 0.3;

/**
 * The operator's connection to whichever broker there is, in place of a client of mqtt.js. What it says while there is
 * none it says later. Its acknowledgements, and only those, are late or lost in a storm.
 */
export class OperatorLine extends EventEmitter {
  isStormy = false;
  /** Acknowledgements that were never said, and that were said late. */
  lost = 0;
  late = 0;
  readonly #clock: VirtualClock;
  readonly #fate: Fate;
  readonly #topics: string[] = [];
  /** By topic, what is to be retained there. */
  readonly #standing = new Map<string, Buffer>();
  readonly #unsaid = new Set<string>();
  #client: MqttClient | undefined;
  #traffic = 0;

  constructor(clock: VirtualClock, fate: Fate) {
    super();
    // an operator for each meter
    this.setMaxListeners(0);
    this.#clock = clock;
    this.#fate = fate;
  }

  /** As an operator takes it. */
  get client(): MqttClient {
    return this as unknown as MqttClient;
  }

  /** Grows whenever something is said or heard. */
  get traffic(): number {
    return this.#traffic;
  }

  get isUp(): boolean {
    return this.#client !== undefined;
  }

  /** @param isForgetful the broker has lost what it was told: all that stands is said again */
  async connect(broker: Broker, isForgetful = false): Promise<void> {
    const client = broker.client('operator');
    client.on('message', (topic, payload) => {
      this.#traffic++;
      if (client === this.#client) this.emit('message', topic, payload);
    });
    this.#client = client;
    if (this.#topics.length > 0) await client.subscribeAsync(this.#topics, { qos: 1 });
    if (isForgetful) for (const topic of this.#standing.keys()) this.#unsaid.add(topic);
    for (const topic of [...this.#unsaid]) this.#retain(topic, this.#standing.get(topic) as Buffer);
  }

  async disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.endAsync(true);
  }

  async subscribeAsync(topics: readonly string[]): Promise<void> {
    this.#topics.push(...topics);
    await this.#client?.subscribeAsync([...topics], { qos: 1 });
  }

  publish(topic: string, payload: Buffer): void {
    if (this.isStormy && topic.endsWith('/acknowledged')) {
      if (this.#fate.happens(LOST)) {
        this.lost++;
        return;
      }
      if (this.#fate.happens(LATE)) {
        this.late++;
        this.#clock.after(this.#fate.between(0, LATEST), () => this.#tell(topic, payload));
        return;
      }
    }
    this.#tell(topic, payload);
  }

  /** Whatever anybody says; it is not retained. @returns false when there is no connection */
  say(topic: string, payload: Buffer): boolean {
    if (this.#client === undefined) return false;
    this.#traffic++;
    this.#client.publish(topic, payload, { qos: 1 }, () => this.#traffic++);
    return true;
  }

  endAsync(): Promise<void> {
    return this.disconnect();
  }

  #tell(topic: string, payload: Buffer): void {
    this.#standing.set(topic, payload);
    this.#unsaid.add(topic);
    this.#retain(topic, payload);
  }

  #retain(topic: string, payload: Buffer): void {
    this.#traffic++;
    this.#client?.publish(topic, payload, { qos: 1, retain: true }, error => {
      this.#traffic++;
      if (error === undefined && this.#standing.get(topic) === payload) this.#unsaid.delete(topic);
    });
  }
}
