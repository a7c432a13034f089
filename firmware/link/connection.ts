import type { Clock, Network, NetworkFault, Socket, Timer, TlsOptions } from '../host';
import { type ConnectionFault, REASON_CODES, refusal } from './connection-fault';
import { type OversizedPublish, PacketFramer } from './framer';
import { InFlightWindow, type OnAcknowledged } from './in-flight';
import { KeepAlive } from './keep-alive';
import { OUTGOING_LIMIT, OutgoingQueue } from './outgoing';
import {
  type Connack,
  encode,
  type IncomingPacket,
  type OutgoingPacket,
  PacketDecoder,
  type ProtocolVersion,
  type QualityOfService,
  type Will,
} from './packets';
import { decodePublish, type IncomingPublish } from './publish-packet';

/**
 * Bytes of the largest packet that is taken in, four times those of any directive; MQTT 5 brokers are told. With 1 KiB of
 * the stream, `OUTGOING_LIMIT` of what waits to go out in 32 packets, and the handlers of `IN_FLIGHT_LIMIT` messages it
 * is what a session holds at most: 14 KiB, and some 4 KiB of objects, whatever comes and however slowly.
 */
export const INCOMING_LIMIT = 4096;
/** QoS 1 messages under way in either direction. */
export const IN_FLIGHT_LIMIT = 8;

/** Bytes taken from the socket at a time. */
const READ_SIZE = 1024;
/** Topics of which the broker is asked to remember a number: more than a meter publishes on. */
const ALIAS_LIMIT = 8;
/** Bytes at most of a PUBLISH beside its topic and payload: fixed header, lengths, identifier, alias. */
const PUBLISH_OVERHEAD = 11;
/** ms to wait for the stream to open, for each of CONNACK, SUBACK, PUBACK, PINGRESP, and for the last bytes to go out. */
const PATIENCE = 30_000;

/** Of PUBACK [MQTT-5.0 §3.4.2.1]; 3.1.1 has none. */
const NOT_AUTHORIZED = 0x87;

/** Name and password, ASCII. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  /** Present for TLS. */
  readonly tls?: TlsOptions;
  /** ASCII, as all text here. */
  readonly clientId: string;
  /** What to log in with, asked for with each CONNECT, for it changes with the day; absent: anonymous. */
  readonly credentials?: () => Credentials;
  /** s, 1 to 65535 */
  readonly keepAlive: number;
  readonly will?: Will;
  /** Topic filters, all asked for with QoS 1. */
  readonly subscriptions: readonly string[];
}

export interface ConnectionHandlers {
  /** Connected and subscribed. */
  onReady(): void;
  /** See `SessionOptions.onMessage`. */
  onMessage(topic: string, payload: Uint8Array, isWhole: boolean): void;
  /** After a `publish` that was `busy`: there is room again. */
  onDrain(): void;
  /** The connection is over; the last call. */
  onEnd(fault: ConnectionFault): void;
}

export interface PublishOptions {
  readonly qos: QualityOfService;
  readonly retain: boolean;
}

/** `busy`: later. `unsendable`: larger than this broker takes. */
export type PublishOutcome = 'sent' | 'busy' | 'unsendable';

type Stage = 'opening' | 'connecting' | 'subscribing' | 'ready' | 'leaving' | 'over';

/** CONNECT with a clean session, which ends with the connection: without an interval MQTT 5 knows of no other expiry. */
export function connectPacket(
  options: ConnectionOptions,
  version: ProtocolVersion,
  credentials?: Credentials,
): OutgoingPacket {
  const { clientId, keepAlive, will } = options;
  return {
    cmd: 'connect',
    protocolVersion: version,
    clean: true,
    clientId,
    keepalive: keepAlive,
    ...credentials,
    ...(will !== undefined && { will }),
    properties: { receiveMaximum: IN_FLIGHT_LIMIT, maximumPacketSize: INCOMING_LIMIT },
  };
}

/** One life of a connection to a broker, from opening the stream to its end. */
export class Connection {
  readonly #clock: Clock;
  readonly #options: ConnectionOptions;
  readonly #version: ProtocolVersion;
  readonly #handlers: ConnectionHandlers;
  readonly #socket: Socket;
  readonly #framer = new PacketFramer(INCOMING_LIMIT);
  readonly #decoder: PacketDecoder;
  readonly #outgoing = new OutgoingQueue();
  readonly #inFlight: InFlightWindow;
  readonly #keepAlive: KeepAlive;
  #stage: Stage = 'opening';
  /** Ends what the stage waits for. */
  #timer: Timer | undefined;
  #subscribeId = 0;
  /** Bytes of the largest packet that the broker takes. */
  #packetLimit = Number.POSITIVE_INFINITY;
  /** Topics that the broker knows by their place, from 1 on [MQTT-5.0 §3.3.2.3.4]. */
  readonly #aliases: string[] = [];
  #aliasLimit = 0;
  #wasBusy = false;

  constructor(
    ports: { readonly network: Network; readonly clock: Clock },
    options: ConnectionOptions,
    version: ProtocolVersion,
    handlers: ConnectionHandlers,
  ) {
    const { network, clock } = ports;
    this.#clock = clock;
    this.#options = options;
    this.#version = version;
    this.#handlers = handlers;
    this.#decoder = new PacketDecoder(version);
    const ping = () => this.#send({ cmd: 'pingreq' });
    this.#keepAlive = new KeepAlive(clock, PATIENCE, ping, () => this.#end('ping-timeout'));
    this.#inFlight = new InFlightWindow(clock, IN_FLIGHT_LIMIT, PATIENCE, () => this.#end('puback-timeout'));
    this.#enter('opening', 'timeout');
    this.#socket = network.open({
      host: options.host,
      port: options.port,
      ...(options.tls !== undefined && { tls: options.tls }),
      onReadable: () => this.#receive(),
      onWritable: count => this.#onWritable(count),
      onError: fault => this.#onError(fault),
    });
  }

  /** To be called when ready only. See `MqttSession.publish`. */
  publish(
    topic: string,
    payload: Uint8Array,
    { qos, retain }: PublishOptions,
    onAcknowledged?: OnAcknowledged,
  ): PublishOutcome {
    const size = topic.length + payload.length + PUBLISH_OVERHEAD;
    if (size > OUTGOING_LIMIT)
      throw new RangeError(`publish: expected at most ${OUTGOING_LIMIT} bytes, got ${size}`);
    if (size > this.#packetLimit) return 'unsendable';
    if (!this.#outgoing.hasRoomFor(size) || (qos === 1 && this.#inFlight.isFull)) {
      this.#wasBusy = true;
      return 'busy';
    }
    const known = this.#aliases.indexOf(topic) + 1;
    const alias = known || this.#newAlias(topic);
    const message = { cmd: 'publish', topic: known > 0 ? '' : topic, payload, qos, retain, alias } as const;
    if (qos === 0) {
      this.#send(message);
      return 'sent';
    }
    const messageId = this.#inFlight.nextId();
    this.#send({ ...message, messageId });
    this.#inFlight.add(messageId, onAcknowledged);
    return 'sent';
  }

  /** 0 when there is none left. */
  #newAlias(topic: string): number {
    return this.#aliases.length < this.#aliasLimit ? this.#aliases.push(topic) : 0;
  }

  /** Says DISCONNECT after what is still to be sent, so that there is no will, and ends. No handler is called after this. */
  leave(): void {
    if (this.#stage === 'opening') {
      this.#close();
    } else if (this.#stage !== 'leaving' && this.#stage !== 'over') {
      this.#enter('leaving', 'timeout');
      this.#keepAlive.stop();
      this.#inFlight.clear();
      this.#send({ cmd: 'disconnect', reasonCode: 0 });
    }
  }

  #enter(stage: Stage, timeout: ConnectionFault): void {
    this.#stage = stage;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(PATIENCE, () => this.#end(timeout));
  }

  #send(packet: OutgoingPacket): void {
    this.#outgoing.add(encode(packet, this.#version));
    this.#flush();
  }

  #flush(): void {
    if (this.#outgoing.flush(this.#socket) > 0) this.#keepAlive.sent();
    if (this.#stage === 'leaving' && this.#outgoing.length === 0) this.#close();
  }

  #onWritable(count: number): void {
    this.#outgoing.setRoom(count);
    if (this.#stage === 'opening') {
      this.#enter('connecting', 'connack-timeout');
      this.#send(connectPacket(this.#options, this.#version, this.#options.credentials?.()));
      return;
    }
    this.#flush();
    // reading pauses while answers pile up
    this.#receive();
    this.#drain();
  }

  #onError(fault: NetworkFault): void {
    this.#end(this.#stage === 'connecting' && fault === 'closed' ? 'unanswered' : fault);
  }

  #receive(): void {
    while (this.#isListening() && this.#outgoing.hasRoomFor(1)) {
      const bytes = this.#socket.read(READ_SIZE);
      if (bytes === undefined) return;
      this.#keepAlive.received();
      this.#framer.add(bytes);
      const fault = this.#handlePackets();
      if (fault !== undefined) this.#end(fault);
    }
  }

  #handlePackets(): ConnectionFault | undefined {
    while (this.#isListening()) {
      const framed = this.#framer.next();
      if (framed === undefined || typeof framed === 'string') return framed;
      const fault = framed instanceof Uint8Array ? this.#decode(framed) : this.#onOversized(framed);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #decode(bytes: Uint8Array): ConnectionFault | undefined {
    const packet = this.#decoder.decode(bytes);
    return packet === undefined ? 'malformed' : this.#handle(packet);
  }

  /**
   * What a broker of 3.1.1 retains would else end every connection, whoever put it there. One of MQTT 5 was told what is
   * too much, and may not send it [MQTT-3.1.2-24].
   */
  #onOversized({ front }: OversizedPublish): ConnectionFault | undefined {
    const message = this.#version === 4 ? decodePublish(front, 4) : undefined;
    if (message === undefined) return 'oversized';
    if (this.#stage === 'connecting') return 'protocol';
    return this.#onPublish(message, false);
  }

  #handle(packet: IncomingPacket): ConnectionFault | undefined {
    // CONNACK comes first, and once [MQTT-3.2.0-1], [MQTT-3.2.0-2]
    if ((packet.cmd === 'connack') !== (this.#stage === 'connecting')) return 'protocol';
    switch (packet.cmd) {
      case 'connack':
        return this.#onConnack(packet);
      case 'suback':
        return this.#onSuback(packet.messageId, packet.granted);
      case 'publish':
        return this.#onPublish(packet, true);
      case 'puback':
        // who we are, said with QoS 0, may have been barred too: it is all said again
        if (packet.code === NOT_AUTHORIZED) return 'unpublished';
        this.#inFlight.acknowledge(packet.messageId, packet.code < 0x80);
        this.#drain();
        return undefined;
      case 'pingresp':
        this.#keepAlive.answered();
        return undefined;
      case 'disconnect':
        return refusal(packet.code, 'dismissed');
    }
  }

  #onConnack(connack: Connack): ConnectionFault | undefined {
    if (connack.code !== 0) return refusal(connack.code, 'rejected');
    // after a clean start there is none [MQTT-3.2.2-2]
    if (connack.isResumed) return 'protocol';
    if (!connack.isFit) return 'unfit';
    this.#inFlight.limit = Math.min(IN_FLIGHT_LIMIT, connack.receiveMaximum);
    this.#packetLimit = connack.maximumPacketSize;
    this.#aliasLimit = Math.min(ALIAS_LIMIT, connack.topicAliasMaximum);
    // the broker's keep-alive counts [MQTT-3.2.2-21]; a shorter one honours it too, and 0 asks for none
    const keepAlive = Math.min(this.#options.keepAlive, connack.serverKeepAlive || Number.POSITIVE_INFINITY);
    this.#keepAlive.start(keepAlive);
    if (this.#options.subscriptions.length === 0) this.#onReady();
    else this.#subscribe();
    return undefined;
  }

  #subscribe(): void {
    this.#enter('subscribing', 'suback-timeout');
    this.#subscribeId = this.#inFlight.nextId();
    const subscriptions = this.#options.subscriptions.map(topic => ({ topic, qos: 1 as const }));
    this.#send({ cmd: 'subscribe', messageId: this.#subscribeId, subscriptions });
  }

  #onSuback(messageId: number, granted: readonly number[]): ConnectionFault | undefined {
    if (this.#stage !== 'subscribing' || messageId !== this.#subscribeId) return 'protocol';
    // codes from 0x80 are failures, and more than the QoS 1 asked for is not granted
    const isGranted = granted.length === this.#options.subscriptions.length && granted.every(qos => qos <= 1);
    if (!isGranted) return 'unsubscribed';
    this.#onReady();
    return undefined;
  }

  #onReady(): void {
    this.#stage = 'ready';
    this.#timer?.cancel();
    this.#handlers.onReady();
  }

  #onPublish({ topic, payload, qos, messageId }: IncomingPublish, isWhole: boolean) {
    // more than was granted
    if (qos > 1) return 'protocol';
    this.#handlers.onMessage(topic, payload, isWhole);
    if (messageId !== undefined && this.#isListening())
      this.#send({ cmd: 'puback', messageId, reasonCode: 0 });
    return undefined;
  }

  #drain(): void {
    if (!this.#wasBusy || this.#stage !== 'ready') return;
    if (this.#inFlight.isFull || this.#outgoing.length > OUTGOING_LIMIT / 2) return;
    this.#wasBusy = false;
    this.#handlers.onDrain();
  }

  #isListening(): boolean {
    return this.#stage === 'connecting' || this.#stage === 'subscribing' || this.#stage === 'ready';
  }

  #end(fault: ConnectionFault): void {
    const isLeaving = this.#stage === 'leaving';
    const reasonCode = REASON_CODES[fault];
    // a broker that has not answered may not speak MQTT 5, and 3.1.1 has no reasons to give
    if (reasonCode !== undefined && this.#version === 5 && this.#stage !== 'connecting') {
      this.#send({ cmd: 'disconnect', reasonCode });
    }
    this.#close();
    if (!isLeaving) this.#handlers.onEnd(fault);
  }

  #close(): void {
    this.#stage = 'over';
    this.#timer?.cancel();
    this.#keepAlive.stop();
    this.#inFlight.clear();
    this.#socket.close();
  }
}
