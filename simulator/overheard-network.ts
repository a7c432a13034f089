import { type Packet, parser } from 'mqtt-packet';
import type { Network, Socket, SocketOptions } from '../firmware/host';

/** Tells of each message that a meter takes from its broker, in the turn in which it does. */
export class OverheardNetwork implements Network {
  readonly #network: Network;
  readonly #onMessage: (payload: Uint8Array) => void;

  /** @param network on which MQTT 3.1.1 is spoken: a message of another version is passed over */
  constructor(network: Network, onMessage: (payload: Uint8Array) => void) {
    this.#network = network;
    this.#onMessage = onMessage;
  }

  open(options: SocketOptions): Socket {
    const socket = this.#network.open(options);
    const packets = parser();
    packets.on('packet', packet => this.#onPacket(packet));
    packets.on('error', () => {});
    return {
      read: limit => {
        const bytes = socket.read(limit);
        if (bytes !== undefined) packets.parse(Buffer.from(bytes));
        return bytes;
      },
      write: bytes => socket.write(bytes),
      close: () => socket.close(),
    };
  }

  #onPacket(packet: Packet): void {
    if (packet.cmd === 'publish') this.#onMessage(Buffer.from(packet.payload));
  }
}
