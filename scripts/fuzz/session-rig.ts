import { MqttSession } from '../../firmware/link/session';
import { meterTopic } from '../../firmware/link/topics';
import { VirtualClock } from '../../hosts/mock/clock';
import { KINDS, LINK } from './desk-rig';
import { ScriptedNetwork } from './scripted-network';

const TOPIC = meterTopic(LINK.chainId, LINK.m3terId, '');
/** What the meter has to say whenever it can. */
const UPS = ['online', 'link', 'reading', 'reading', 'event', 'telemetry'];
const REPORT = new Uint8Array(100);
/** ms: longer than any patience, a backoff included */
const LONG = 600_000;
/** CONNACK of MQTT 5: this version is not spoken. */
const REFUSAL = Uint8Array.of(0x20, 3, 0, 0x84, 0);
/** Times that a socket makes room: enough for all that waits, in the smallest pieces. */
const ENOUGH_ROOM = 40;
/** In which a session gets online, whatever it thinks of the broker's version. */
const TRIES = 4;

/** A session as a meter has it, on a network and in a time of its own. */
export class SessionRig {
  readonly network: ScriptedNetwork;
  readonly #clock = new VirtualClock();
  readonly #session: MqttSession;

  /**
   * @param room bytes that the socket takes at a time
   * @param onMessage told the last part of a topic of the meter's, an empty one for any other
   */
  constructor(room: number, onMessage: (stream: string, payload: Uint8Array) => void) {
    this.network = new ScriptedNetwork(room);
    const { network } = this;
    const crypto = { random: (length: number) => new Uint8Array(length) };
    this.#session = new MqttSession(
      { network, crypto, clock: this.#clock },
      {
        host: 'broker',
        port: 1883,
        clientId: 'm3ter',
        keepAlive: 60,
        will: { topic: `${TOPIC}online`, payload: Uint8Array.of(0), qos: 1, retain: true },
        subscriptions: KINDS.map(kind => TOPIC + kind),
        onOnline: () => this.#report(),
        onDrain: () => this.#report(),
        onOffline: () => undefined,
        onMessage: (topic, payload) =>
          onMessage(topic.startsWith(TOPIC) ? topic.slice(TOPIC.length) : '', payload),
      },
    );
  }

  /** Up to its CONNECT, with a broker that speaks one version. */
  start(version: 4 | 5): void {
    this.#session.start();
    this.#makeRoom();
    if (version === 5) return;
    this.network.deliver(REFUSAL);
    this.#pass();
  }

  /** Nothing more comes; then the broker does all that it should. Whether the session gets online, before it ends. */
  comesBack(welcome: (version: 4 | 5) => Uint8Array): boolean {
    this.#pass();
    for (let tries = 0; tries < TRIES && !this.#session.isOnline; tries++) {
      this.network.fail('timeout');
      this.#pass();
      this.network.deliver(welcome(this.network.level === 4 ? 4 : 5));
      this.#makeRoom();
    }
    const { isOnline } = this.#session;
    this.#session.stop();
    return isOnline;
  }

  #pass(): void {
    this.#clock.advance(LONG);
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (let times = 0; times < ENOUGH_ROOM; times++) this.network.makeRoom();
  }

  #report(): void {
    for (const stream of UPS) this.#session.publish(TOPIC + stream, REPORT, { qos: 1, retain: false });
  }
}
