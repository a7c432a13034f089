import { generate, type Packet } from 'mqtt-packet';
import { concat } from '../../firmware/bytes';
import type { ProtocolVersion } from '../../firmware/link/packets';
import { meterTopic } from '../../firmware/link/topics';
import type { Prng } from '../../hosts/mock/prng';
import { type Delivery, KINDS, LINK } from './desk-rig';
import { below, drawBytes, one } from './draw';
import { mutate } from './mutate';

/** CONNACK with what MQTT 5 lets a broker say; 3.1.1 leaves the properties out. */
const PROPERTIES = [
  {},
  { receiveMaximum: 1, maximumPacketSize: 200 },
  { serverKeepAlive: 1, assignedClientIdentifier: 'm3ter', topicAliasMaximum: 10 },
  { serverKeepAlive: 0, userProperties: { a: ['b', 'c'], d: 'e' }, reasonString: 'welcome' },
  { sessionExpiryInterval: 3600, wildcardSubscriptionAvailable: false, responseInformation: 'm3ter/' },
  { maximumQoS: 0, retainAvailable: false },
];
/** A message may come with these in MQTT 5. */
const MESSAGE_PROPERTIES = [
  {},
  { topicAlias: 1, payloadFormatIndicator: true, messageExpiryInterval: 5 },
  { userProperties: { a: ['b', 'c'] }, contentType: 'application/cbor', subscriptionIdentifier: [1, 300] },
  { responseTopic: 'm3ter/', correlationData: Buffer.from([1, 2, 3]) },
];

/** What brokers send in one version of MQTT: right, wrong and out of place. */
export class BrokerPackets {
  readonly #version: ProtocolVersion;
  readonly #messages: readonly Delivery[];
  readonly #payloads: readonly Uint8Array[];
  readonly #others: readonly Uint8Array[];
  /** As they stand in a PUBLISH: their length, and they. */
  readonly #properties: readonly Uint8Array[];
  /** By which a meter gets online: CONNACK, and SUBACK of its first SUBSCRIBE. */
  readonly welcome: Uint8Array;

  /** @param messages directives that may come, of which none moves the meter */
  constructor(version: ProtocolVersion, messages: readonly Delivery[]) {
    this.#version = version;
    this.#messages = messages;
    this.#payloads = messages.map(({ payload }) => payload);
    const connacks = PROPERTIES.flatMap(properties =>
      [0, 1, 0x84, 0x87].map(code => this.#connack(code, properties)),
    );
    const granted = [KINDS.map(() => 1), [1], [0x80], KINDS.map(() => 2)];
    const subacks = granted.map(codes => this.#encode({ cmd: 'suback', messageId: 1, granted: codes }));
    this.#others = [...connacks, ...subacks, ...this.#short()];
    this.#properties = MESSAGE_PROPERTIES.map(properties => this.#publishProperties(properties));
    this.welcome = concat(this.#connack(0, {}), subacks[0] as Uint8Array);
  }

  /** A packet; mostly a PUBLISH of something that is not to be obeyed. */
  draw(prng: Prng): Uint8Array {
    const packet = below(prng, 4) > 0 ? this.#drawPublish(prng) : one(prng, this.#others);
    return below(prng, 3) === 0 ? mutate(prng, packet, this.#others) : packet;
  }

  #drawPublish(prng: Prng): Uint8Array {
    const { stream, payload } = one(prng, this.#messages);
    const text = this.#drawText(prng, payload);
    const topics = [`m3ter/1/7/${stream}`, 'm3ter/#', '$SYS/broker', '', '\u0000', 'x'.repeat(300)];
    const topic = below(prng, 8) > 0 ? meterTopic(LINK.chainId, LINK.m3terId, stream) : one(prng, topics);
    // beyond what mqtt-packet agrees to write: as it goes over the wire
    const qos = one(prng, [0, 0, 0, 1, 1, 1, 1, 1, 2, 3]);
    const properties = one(prng, this.#properties);
    const id = qos === 0 ? new Uint8Array(0) : Uint8Array.of(0, below(prng, 20));
    const name = Buffer.from(topic);
    const body = concat(Uint8Array.of(name.length >> 8, name.length), name, id, properties, text);
    return concat(Uint8Array.of(0x30 | (qos << 1) | below(prng, 2)), variableInteger(body.length), body);
  }

  /** A few are larger than a meter takes in. */
  #drawText(prng: Prng, payload: Uint8Array): Uint8Array {
    const way = below(prng, 6);
    if (way < 3) return payload;
    if (way < 5) return mutate(prng, payload, this.#payloads);
    return drawBytes(prng, below(prng, 8) > 0 ? 1500 : 6000);
  }

  /** What mqtt-packet writes behind the fixed header and a topic of one character: nothing in 3.1.1. */
  #publishProperties(properties: object): Uint8Array {
    const packet = { cmd: 'publish', topic: 't', payload: '', qos: 0, dup: false, retain: false, properties };
    return this.#encode(packet as Packet).subarray(5);
  }

  #connack(code: number, properties: object): Uint8Array {
    return this.#encode({
      cmd: 'connack',
      sessionPresent: false,
      reasonCode: code,
      returnCode: code,
      properties,
    } as Packet);
  }

  /** Of each kind that a broker may send, and of some that only a client may. */
  #short(): readonly Uint8Array[] {
    const cmds = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'unsuback', 'pingresp', 'pingreq', 'disconnect'];
    const packets = cmds.map(
      cmd => ({ cmd, messageId: 2, reasonCode: 0, granted: [0] }) as unknown as Packet,
    );
    const properties = { authenticationMethod: 'a', authenticationData: Buffer.from('b') };
    const auth: Packet = { cmd: 'auth', reasonCode: 0x18, properties };
    return [...packets, ...(this.#version === 5 ? [auth] : [])].map(packet => this.#encode(packet));
  }

  #encode(packet: Packet): Uint8Array {
    return generate(packet, { protocolVersion: this.#version });
  }
}

function variableInteger(value: number): Uint8Array {
  return value < 128
    ? Uint8Array.of(value)
    : concat(Uint8Array.of(0x80 | (value % 128)), variableInteger(Math.floor(value / 128)));
}
