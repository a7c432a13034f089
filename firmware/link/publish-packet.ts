/**
 * PUBLISH [MQTT-5.0 §3.3], the only packet of which others decide what is in it and how long it is. It is written and
 * read without mqtt-packet, which keeps the encoded form of every length that it has ever written, 140 bytes each, and
 * makes objects of the user properties that it reads: memory for any stranger who may publish to take.
 */
import { readUint, writeUint } from '../big-endian';
import { ascii } from '../bytes';

/** 5: MQTT 5.0. 4: MQTT 3.1.1. */
export type ProtocolVersion = 4 | 5;
export type QualityOfService = 0 | 1;

export interface PublishPacket {
  readonly cmd: 'publish';
  /** ASCII, as all text here */
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QualityOfService;
  readonly retain: boolean;
  /** 1 to 65535; with QoS 1 only */
  readonly messageId?: number;
  /** 1 to 65535, a number that stands for the topic, which is empty where the broker knows it; MQTT 5 only; 0: none */
  readonly alias?: number;
}

export interface IncomingPublish {
  readonly cmd: 'publish';
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  /** 1 to 65535; undefined for QoS 0 */
  readonly messageId: number | undefined;
}

const TYPE = 0x30;
const RETAIN = 0x01;
const QOS_SHIFT = 1;
/** Topic Alias [MQTT-5.0 §3.3.2.3.4] */
const TOPIC_ALIAS = 0x23;
/** Characters; those of a meter have 114 at most. */
const LONGEST_TOPIC = 256;
/** Bytes in which a PUBLISH of 3.1.1 says all but its payload, its fixed header with the longest length included. */
export const PUBLISH_FRONT = 5 + 2 + LONGEST_TOPIC + 2;

export function isPublish(bytes: Uint8Array): boolean {
  return ((bytes[0] as number) & 0xf0) === TYPE;
}

/** The bytes of a packet without other properties than an alias. @throws RangeError for a topic beyond ASCII */
export function encodePublish(packet: PublishPacket, version: ProtocolVersion): Uint8Array {
  const { topic, payload, qos, retain, messageId, alias = 0 } = packet;
  const properties = alias > 0 ? 3 : 0;
  const length = 2 + topic.length + (qos > 0 ? 2 : 0) + (version === 5 ? 1 + properties : 0) + payload.length;
  const bytes = new Uint8Array(1 + lengthOfInteger(length) + length);
  bytes[0] = TYPE | (qos << QOS_SHIFT) | (retain ? RETAIN : 0);
  let offset = writeInteger(bytes, 1, length);
  writeUint(bytes, offset, 2, topic.length);
  bytes.set(ascii(topic), offset + 2);
  offset += 2 + topic.length;
  if (qos > 0) writeUint(bytes, offset, 2, messageId ?? 0);
  const payloadAt = bytes.length - payload.length;
  if (alias > 0) writeUint(bytes, payloadAt - 4, 4, (properties << 24) | (TOPIC_ALIAS << 16) | alias);
  bytes.set(payload, payloadAt);
  return bytes;
}

/**
 * What a whole PUBLISH says, but for its properties: the payload is a view of `bytes`; or the front of one of 3.1.1, with
 * the beginning of its payload. Undefined when it is malformed, or its topic none that a meter could have asked for:
 * empty, not printable ASCII, or longer than 256.
 */
export function decodePublish(bytes: Uint8Array, version: ProtocolVersion): IncomingPublish | undefined {
  const qos = ((bytes[0] as number) >> QOS_SHIFT) & 3;
  const topicAt = endOfInteger(bytes, 1) + 2;
  const topicEnd = topicAt + readUint(bytes, topicAt - 2, 2);
  const idEnd = topicEnd + (qos > 0 ? 2 : 0);
  const payloadAt = version === 5 ? endOfProperties(bytes, idEnd) : idEnd;
  // beyond the end a read gives NaN, and that is within no limit
  if (qos > 2 || !(payloadAt <= bytes.length)) return undefined;
  const topic = printable(bytes.subarray(topicAt, topicEnd));
  const messageId = qos > 0 ? readUint(bytes, topicEnd, 2) : undefined;
  if (topic === undefined || messageId === 0) return undefined;
  return { cmd: 'publish', topic, payload: bytes.subarray(payloadAt), qos, messageId };
}

function printable(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > LONGEST_TOPIC) return undefined;
  let text = '';
  for (const code of bytes) {
    if (code < 0x20 || code > 0x7e) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}

function endOfProperties(bytes: Uint8Array, offset: number): number {
  const end = endOfInteger(bytes, offset);
  return end + readInteger(bytes, offset, end);
}

/* Variable byte integers [MQTT-5.0 §1.5.5]: seven bits a byte, the lowest first. */

function lengthOfInteger(value: number): number {
  return value < 128 ? 1 : 1 + lengthOfInteger(value >>> 7);
}

/** The offset behind it. */
function writeInteger(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = (value & 0x7f) | (value < 128 ? 0 : 0x80);
  return value < 128 ? offset + 1 : writeInteger(bytes, offset + 1, value >>> 7);
}

/** NaN when it ends beyond the bytes, or is longer than four. */
function endOfInteger(bytes: Uint8Array, offset: number): number {
  for (let k = offset; k < offset + 4 && k < bytes.length; k++)
    if (!((bytes[k] as number) & 0x80)) return k + 1;
  return Number.NaN;
}

function readInteger(bytes: Uint8Array, offset: number, end: number): number {
  let value = 0;
  for (let k = end - 1; k >= offset; k--) value = value * 128 + ((bytes[k] as number) & 0x7f);
  return value;
}
