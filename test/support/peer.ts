import type { Duplex } from 'node:stream';
import { generate, type Packet, parser } from 'mqtt-packet';
import { MemoryNetwork } from '../../hosts/mock/network';
import type { FileServer } from './file-server';

/** A broker's side of one connection, played by hand. */
export class Peer {
  readonly stream: Duplex;
  /** What the meter sent. */
  readonly packets: Packet[] = [];
  /** How what is sent goes out. */
  write = (bytes: Uint8Array): void => void this.stream.write(bytes);
  #version = 5;

  constructor(stream: Duplex, onPacket: (packet: Packet, peer: Peer) => void) {
    this.stream = stream;
    const packets = parser();
    packets.on('packet', packet => {
      if (packet.cmd === 'connect') this.#version = packet.protocolVersion ?? 4;
      this.packets.push(packet);
      onPacket(packet, this);
    });
    stream.on('data', chunk => packets.parse(chunk));
    stream.on('end', () => stream.destroy());
  }

  get version(): number {
    return this.#version;
  }

  /** Packets of one kind that the meter sent. */
  got(cmd: Packet['cmd']): Packet[] {
    return this.packets.filter(packet => packet.cmd === cmd);
  }

  encode(packet: Packet): Uint8Array {
    return generate(packet, { protocolVersion: this.#version });
  }

  send(packet: Packet): void {
    this.write(this.encode(packet));
  }

  /** CONNACK with a code and properties of MQTT 5. */
  accept(properties: object = {}, code = 0): void {
    this.send({ cmd: 'connack', sessionPresent: false, reasonCode: code, returnCode: code, properties });
  }

  publish(topic: string, payload: Uint8Array, qos: 0 | 1 | 2 = 0, messageId = 1): void {
    this.send({
      cmd: 'publish',
      topic,
      payload: Buffer.from(payload),
      qos,
      messageId,
      dup: false,
      retain: false,
    });
  }
}

/** Does what a broker must to get the meter online, and acknowledges what it publishes. */
export function answer(packet: Packet, peer: Peer): void {
  const { messageId = 0 } = packet;
  if (packet.cmd === 'connect') peer.accept();
  if (packet.cmd === 'subscribe') {
    peer.send({ cmd: 'suback', messageId, granted: packet.subscriptions.map(() => 1) });
  }
  if (packet.cmd === 'publish' && packet.qos === 1) peer.send({ cmd: 'puback', messageId });
  if (packet.cmd === 'pingreq') peer.send({ cmd: 'pingresp' });
}

/** A network on which every connection reaches such a peer, but for those to the host `files`. */
export function peerNetwork(onPacket: (packet: Packet, peer: Peer) => void, files?: FileServer) {
  const peers: Peer[] = [];
  /** Hosts that were asked for. */
  const asked = new Set<string>();
  const network = new MemoryNetwork((stream, { host }) => {
    asked.add(host);
    if (host === 'files') return files?.serve(stream);
    peers.push(new Peer(stream, onPacket));
  });
  return { network, peers, asked };
}
