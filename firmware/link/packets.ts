import * as mqttPacket from 'mqtt-packet';
import { ascii, concat } from '../bytes';
import {
  decodePublish,
  encodePublish,
  type IncomingPublish,
  isPublish,
  type ProtocolVersion,
  type PublishPacket,
  type QualityOfService,
} from './publish-packet';

export type { ProtocolVersion, QualityOfService };

export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QualityOfService;
  readonly retain: boolean;
}

/** What the session sends, in mqtt-packet's words. All text is ASCII. */
export type OutgoingPacket =
  | {
      readonly cmd: 'connect';
      readonly protocolVersion: ProtocolVersion;
      readonly clean: true;
      readonly clientId: string;
      /** s */
      readonly keepalive: number;
      readonly username?: string;
      readonly password?: string;
      readonly will?: Will;
      readonly properties: { readonly receiveMaximum: number; readonly maximumPacketSize: number };
    }
  | { readonly cmd: 'subscribe'; readonly messageId: number; readonly subscriptions: readonly Subscription[] }
  | PublishPacket
  | { readonly cmd: 'puback'; readonly messageId: number; readonly reasonCode: 0 }
  | { readonly cmd: 'pingreq' }
  | { readonly cmd: 'disconnect'; readonly reasonCode: number };

interface Subscription {
  readonly topic: string;
  readonly qos: QualityOfService;
}

/** CONNACK. What 3.1.1 does not say has the default of MQTT 5. */
export interface Connack {
  readonly cmd: 'connack';
  /** Return code of 3.1.1 or reason code of 5; 0 is success. */
  readonly code: number;
  /** QoS 1 messages that the broker takes unacknowledged. */
  readonly receiveMaximum: number;
  /** Bytes of the largest packet that the broker takes. */
  readonly maximumPacketSize: number;
  /** s, in place of the keep-alive that was asked for; 0: off */
  readonly serverKeepAlive: number | undefined;
  /** Topics that may be told by a number; 0: none. */
  readonly topicAliasMaximum: number;
  /** The broker takes QoS 1 and retained messages. */
  readonly isFit: boolean;
  /** The broker goes on with a session of before. */
  readonly isResumed: boolean;
}

/** What may come from a broker, well-formed. */
export type IncomingPacket =
  | Connack
  | IncomingPublish
  | { readonly cmd: 'puback'; readonly messageId: number; readonly code: number }
  | { readonly cmd: 'suback'; readonly messageId: number; readonly granted: readonly number[] }
  | { readonly cmd: 'pingresp' }
  | { readonly cmd: 'disconnect'; readonly code: number };

/** The little that is used of mqtt-packet, whose own types are Node's. */
interface MqttPacket {
  readonly parser: (options: { protocolVersion: number }) => Parser;
  readonly writeToStream: {
    (packet: OutgoingPacket, sink: Sink, options: { protocolVersion: number }): boolean;
    cacheNumbers: boolean;
  };
}

interface Parser {
  on(event: 'packet', handler: (packet: RawPacket) => void): void;
  parse(bytes: Uint8Array): void;
}

interface Sink {
  write(part: Uint8Array | string): boolean;
  destroy(error: Error): void;
}

/** As mqtt-packet leaves it: fields that a short packet lacks are missing or -1, repeated properties are arrays. */
interface RawPacket {
  readonly cmd: string;
  readonly messageId?: number;
  readonly returnCode?: number;
  readonly reasonCode?: number;
  readonly granted?: readonly number[];
  readonly sessionPresent?: boolean;
  readonly properties?: Readonly<Record<string, unknown>>;
}

const library = mqttPacket as unknown as MqttPacket;
// Else the first packet builds a table of 65,536 Buffers, 9 MB. Once and here, since in a module that XS has preloaded
// it cannot be set any more.
library.writeToStream.cacheNumbers = false;

/**
 * The bytes of a packet.
 * @throws Error, RangeError when a field cannot be sent as it is: it says which
 */
export function encode(packet: OutgoingPacket, version: ProtocolVersion): Uint8Array {
  if (packet.cmd === 'publish') return encodePublish(packet, version);
  const parts: Uint8Array[] = [];
  const sink: Sink = {
    write(part) {
      parts.push(typeof part === 'string' ? ascii(part) : part);
      return true;
    },
    destroy(error) {
      throw error;
    },
  };
  library.writeToStream(packet, sink, { protocolVersion: version });
  return concat(...parts);
}

/** Reads a broker's packets. Of no use after the first that was not well-formed. */
export class PacketDecoder {
  readonly #version: ProtocolVersion;
  readonly #parser: Parser;
  #packet: RawPacket | undefined;

  constructor(version: ProtocolVersion) {
    this.#version = version;
    this.#parser = library.parser({ protocolVersion: version });
    this.#parser.on('packet', packet => {
      this.#packet = packet;
    });
  }

  /** The packet that these bytes are, all of them; undefined when they are none that a broker may send. */
  decode(bytes: Uint8Array): IncomingPacket | undefined {
    if (isPublish(bytes)) return decodePublish(bytes, this.#version);
    this.#packet = undefined;
    try {
      this.#parser.parse(bytes);
    } catch {
      // mqtt-packet emits its errors as the event 'error', which throws when nobody listens
      return undefined;
    }
    return this.#packet === undefined ? undefined : checked(this.#packet);
  }
}

function checked(raw: RawPacket): IncomingPacket | undefined {
  switch (raw.cmd) {
    case 'connack':
      return connack(raw);
    case 'puback': {
      const { messageId, reasonCode = 0 } = raw;
      return isPacketId(messageId) ? { cmd: 'puback', messageId, code: reasonCode } : undefined;
    }
    case 'suback': {
      const { messageId, granted = [] } = raw;
      return isPacketId(messageId) ? { cmd: 'suback', messageId, granted } : undefined;
    }
    case 'disconnect':
      return { cmd: 'disconnect', code: raw.reasonCode ?? 0 };
    case 'pingresp':
      return { cmd: 'pingresp' };
    default:
      return undefined;
  }
}

function connack(raw: RawPacket): Connack | undefined {
  const { reasonCode, returnCode, properties = {} } = raw;
  const code = reasonCode ?? returnCode;
  const receiveMaximum = properties.receiveMaximum ?? 65535;
  const maximumPacketSize = properties.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  const serverKeepAlive = properties.serverKeepAlive;
  const topicAliasMaximum = properties.topicAliasMaximum ?? 0;
  // zero is a protocol error for either maximum [MQTT-5.0 §3.2.2.3]
  if (code === undefined || !isCount(receiveMaximum) || !isCount(maximumPacketSize)) return undefined;
  if (receiveMaximum === 0 || maximumPacketSize === 0) return undefined;
  if (serverKeepAlive !== undefined && !isCount(serverKeepAlive)) return undefined;
  if (!isCount(topicAliasMaximum)) return undefined;
  const isFit = properties.maximumQoS !== 0 && properties.retainAvailable !== false;
  const limits = { receiveMaximum, maximumPacketSize, serverKeepAlive, topicAliasMaximum };
  return { cmd: 'connack', code, ...limits, isFit, isResumed: raw.sessionPresent === true };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function isPacketId(id: number | undefined): id is number {
  return id !== undefined && id > 0;
}
