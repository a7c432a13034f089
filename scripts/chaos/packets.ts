/** Types of MQTT control packets [MQTT-3.1.1 §2.2.1]. */
export const PUBLISH = 3;
export const PUBACK = 4;

const DUP = 0x08;
const QOS = 0x06;

/** Cuts a stream into MQTT packets, whole with their fixed headers. */
export class PacketSplitter {
  #rest: Uint8Array = new Uint8Array(0);

  /** The packets that these bytes complete. */
  add(bytes: Uint8Array): readonly Uint8Array[] {
    const packets: Uint8Array[] = [];
    let rest = Buffer.concat([this.#rest, bytes]);
    for (let length = lengthOf(rest); length <= rest.length; length = lengthOf(rest)) {
      packets.push(new Uint8Array(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
    return packets;
  }
}

/** A PUBLISH of MQTT 3.1.1. */
export interface Publication {
  /** The topic's last part */
  readonly stream: string;
  readonly payload: Uint8Array;
  /** Undefined with QoS 0 */
  readonly id: number | undefined;
}

export function typeOf(packet: Uint8Array): number {
  return (packet[0] as number) >> 4;
}

/** Of a PUBLISH of MQTT 3.1.1: one of MQTT 5 has properties. */
export function readPublication(packet: Uint8Array): Publication {
  const bytes = Buffer.from(packet);
  let at = headerLength(packet);
  const topic = bytes.toString('utf8', at + 2, at + 2 + bytes.readUInt16BE(at));
  at += 2 + bytes.readUInt16BE(at);
  const hasId = ((packet[0] as number) & QOS) !== 0;
  const id = hasId ? bytes.readUInt16BE(at) : undefined;
  const stream = topic.slice(topic.lastIndexOf('/') + 1);
  return { stream, payload: packet.slice(hasId ? at + 2 : at), id };
}

/** The packet identifier of a PUBACK. */
export function idOf(packet: Uint8Array): number {
  return Buffer.from(packet).readUInt16BE(headerLength(packet));
}

/** The same PUBLISH as one that is sent again; with QoS 0 there is no such thing, and it comes twice. */
export function asDuplicate(packet: Uint8Array): Uint8Array {
  const copy = packet.slice();
  if (((packet[0] as number) & QOS) !== 0) copy[0] = (packet[0] as number) | DUP;
  return copy;
}

/** Bytes of the packet that begins here; more than there are while its length is not known. */
function lengthOf(bytes: Uint8Array): number {
  let length = 0;
  for (let k = 1; k < bytes.length; k++) {
    const byte = bytes[k] as number;
    length += (byte & 0x7f) * 2 ** (7 * (k - 1));
    if (byte < 0x80) return 1 + k + length;
  }
  return Number.POSITIVE_INFINITY;
}

/** Bytes before the packet's body [MQTT-3.1.1 §2.2.3]. */
function headerLength(packet: Uint8Array): number {
  let k = 1;
  while ((packet[k] as number) >= 0x80) k++;
  return k + 1;
}
