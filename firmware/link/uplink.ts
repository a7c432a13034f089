import { entryEnvelope } from '../attest/entry';
import { eventCodec } from '../attest/event';
import { readingCodec } from '../attest/reading';
import { ascii } from '../bytes';
import type { Clock, Crypto, Network, TlsOptions } from '../host';
import type { Credentials } from './connection';
import { HOME_STATUS } from './discovery-config';
import type { EntryKind, EntryLog, LogEntry } from './log';
import { OfflineWatch } from './offline-watch';
import { Outbox } from './outbox';
import { MqttSession, type SessionFault } from './session';
import { meterTopic } from './topics';

/** s; a dead broker is noticed after one and a half of it */
const KEEP_ALIVE = 60;
const ONLINE = ascii('true');
const OFFLINE = ascii('false');

/** The MQTT broker that the meter reports to. */
export interface Broker {
  readonly host: string;
  readonly port: number;
  /** Present for TLS. */
  readonly tls?: TlsOptions;
}

/** Who reports. */
export interface Sender {
  readonly chainId: number;
  readonly m3terId: bigint;
  /** ASCII, unique among the broker's clients */
  readonly clientId: string;
  /** The signed `Link` by which anyone learns the device's address. */
  readonly link: Uint8Array;
  /** What the device logs in with now. */
  readonly credentials: () => Credentials;
  /** Its streams, the last parts of the topics, that it hears now; one with a slash is a whole topic. */
  readonly hears: () => readonly string[];
}

export interface UplinkHandlers {
  /** A message on one of the sender's streams. What it changes is on flash when this returns. */
  onMessage(stream: string, payload: Uint8Array, isWhole: boolean): void;
  /** The last entry of this kind that needs no sending again. */
  settled(kind: EntryKind): number;
  /** The broker has every event up to this one. */
  onEventsDelivered(sequence: number): void;
  onOnline(online: boolean): void;
  /** There has been no session for 10 minutes; `no-network` when no attempt has come to any end. */
  onLongOffline(fault: SessionFault | 'no-network'): void;
}

/** The meter's voice and ear: its topics on one broker, and the outbox of what it has said. */
export class Uplink {
  readonly #crypto: Crypto;
  readonly #sender: Sender;
  readonly #handlers: UplinkHandlers;
  readonly #log: EntryLog;
  /** Sequence of the last reading up to which the present was told */
  #told: number;
  readonly #session: MqttSession;
  readonly #outbox: Outbox;
  readonly #offline: OfflineWatch;

  constructor(
    ports: { readonly network: Network; readonly clock: Clock; readonly crypto: Crypto },
    broker: Broker,
    sender: Sender,
    log: EntryLog,
    handlers: UplinkHandlers,
  ) {
    this.#crypto = ports.crypto;
    this.#sender = sender;
    this.#handlers = handlers;
    this.#log = log;
    this.#told = log.head('reading').sequence;
    this.#offline = new OfflineWatch(ports.clock, fault => handlers.onLongOffline(fault));
    this.#outbox = new Outbox(ports.clock, log, {
      send: (kind, entry, onAnswered) => this.#send(kind, entry, onAnswered),
      settled: handlers.settled,
      onEventsDelivered: handlers.onEventsDelivered,
    });
    this.#session = new MqttSession(ports, {
      ...broker,
      clientId: sender.clientId,
      credentials: sender.credentials,
      keepAlive: KEEP_ALIVE,
      will: { topic: this.#topic('online'), payload: OFFLINE, qos: 1, retain: true },
      // made when they are asked for: kept, they would take half a kilobyte of the heap for ever
      get subscriptions() {
        return sender.hears().map(stream => topicOf(sender, stream));
      },
      onOnline: () => {
        this.#offline.stop();
        this.#announce();
        this.#outbox.open();
        handlers.onOnline(true);
      },
      onOffline: () => this.#onOffline(),
      onMessage: (topic, payload, isWhole) => handlers.onMessage(this.#streamOf(topic), payload, isWhole),
      onDrain: () => this.#outbox.pump(),
      onFault: fault => this.#offline.note(fault),
    });
  }

  /** How often each fault of the connection has occurred. */
  get faults(): Readonly<Partial<Record<SessionFault, number>>> {
    return this.#session.faults;
  }

  start(): void {
    this.#offline.start();
    this.#session.start();
  }

  /** Says good-bye, so that nobody takes the silence for a failure. */
  stop(): void {
    this.#session.publish(this.#topic('online'), OFFLINE, { qos: 0, retain: true });
    this.#outbox.close();
    this.#offline.stop();
    this.#session.stop();
  }

  /** Makes a session that is under way anew: the sender hears other streams than before. */
  renew(): void {
    if (!this.#session.isOnline) return;
    this.#session.stop();
    this.#onOffline();
    this.#session.start();
  }

  /** Sends what was added to the log. */
  pump(): void {
    this.#outbox.pump();
  }

  /** Publishes a payload of M3tering; false when there is no session, or no room. It is not kept. */
  publishPayload(payload: Uint8Array): boolean {
    return this.#session.publish(this.#topic('payload'), payload, { qos: 1, retain: false });
  }

  /**
   * Publishes what holds until something else is said, or that nothing does, when it is empty; false when there is no
   * session, or no room.
   * @param stream one with a slash is a whole topic
   */
  publishRetained(stream: string, payload: Uint8Array): boolean {
    return this.#session.publish(this.#topic(stream), payload, { qos: 0, retain: true });
  }

  /** Publishes what is measured now; it is not kept when there is no connection. */
  publishTelemetry(telemetry: Uint8Array): void {
    this.#told = this.#log.head('reading').sequence;
    this.publishRetained('telemetry', telemetry);
  }

  #onOffline(): void {
    this.#offline.start();
    this.#outbox.close();
    this.#handlers.onOnline(false);
  }

  /** What a reading states may be older than what was told as the present; that never goes back. */
  #publishTelemetryOf(sequence: number, telemetry: Uint8Array): void {
    if (sequence > this.#told && sequence === this.#log.head('reading').sequence)
      this.publishTelemetry(telemetry);
    else this.#session.publish(this.#topic('history'), telemetry, { qos: 0, retain: false });
  }

  /** The first with QoS 0, for a broker may take no more than one message in flight. */
  #announce(): void {
    this.#session.publish(this.#topic('online'), ONLINE, { qos: 0, retain: true });
    this.#session.publish(this.#topic('link'), this.#sender.link, { qos: 1, retain: true });
  }

  #send(kind: EntryKind, entry: LogEntry, onAnswered: (isAccepted: boolean) => void): boolean {
    const place = { m3terId: this.#sender.m3terId, sequence: entry.sequence, previous: entry.previous };
    const envelope =
      kind === 'reading'
        ? entryEnvelope(readingCodec, this.#crypto, place, entry.body)
        : entryEnvelope(eventCodec, this.#crypto, place, entry.body);
    if (envelope === undefined) return true;
    const sent = this.#session.publish(this.#topic(kind), envelope, { qos: 1, retain: false }, onAnswered);
    const reading = sent && kind === 'reading' ? readingCodec.decodeBody(entry.body) : undefined;
    if (reading !== undefined) this.#publishTelemetryOf(entry.sequence, reading.content.telemetry);
    return sent;
  }

  /** Empty when the topic is none that this meter may hear. */
  #streamOf(topic: string): string {
    if (topic === HOME_STATUS) return topic;
    const prefix = this.#topic('');
    return topic.startsWith(prefix) ? topic.slice(prefix.length) : '';
  }

  #topic(stream: string): string {
    return topicOf(this.#sender, stream);
  }
}

function topicOf({ chainId, m3terId }: Sender, stream: string): string {
  return stream.includes('/') ? stream : meterTopic(chainId, m3terId, stream);
}
