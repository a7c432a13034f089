import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** CONNACK with the code of 3.1.1 for a protocol version that it does not speak */
const UNKNOWN_VERSION = Uint8Array.of(0x20, 2, 0, 1);
/** Of a CONNECT whose remaining length takes one byte, and of one where it takes two */
const VERSION_AT = [8, 9] as const;

/** A way to a broker on loopback that can be shut and cut. */
export class Gate {
  readonly port: number;
  /** Let through; those that find it shut are refused by an end. */
  isShut = false;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.port = port;
  }

  /** @param speaksOnly4 MQTT 5 is refused, as brokers that know 3.1.1 only do it */
  static async open(t: ExecutionContext, broker: number, speaksOnly4 = false): Promise<Gate> {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const gate = new Gate((server.address() as AddressInfo).port);
    server.on('connection', socket => gate.#pass(socket, broker, speaksOnly4));
    t.teardown(() => {
      gate.cut();
      server.close();
    });
    return gate;
  }

  /** Whoever is connected loses the connection without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #pass(socket: Socket, broker: number, speaksOnly4: boolean): void {
    if (this.isShut) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', first => {
      const version = first[VERSION_AT[(first[1] as number) < 0x80 ? 0 : 1]];
      if (speaksOnly4 && version === 5) {
        socket.end(UNKNOWN_VERSION);
        return;
      }
      const far = connect(broker, '127.0.0.1');
      far.on('error', () => socket.destroy());
      far.on('close', () => socket.destroy());
      socket.on('close', () => far.destroy());
      far.write(first);
      socket.pipe(far).pipe(socket);
    });
  }
}
