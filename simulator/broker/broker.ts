import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { MemoryNetwork } from '../../hosts/mock/network';
import { duplexPair } from '../duplex-pair';
import { accessHooks, type BrokerAccess } from './broker-access';

/** An MQTT broker in this process: meters reach it over networks that can be cut, others over plain streams. */
export class Broker {
  readonly #aedes: Aedes;
  readonly #password: string | undefined;
  #server: Server | undefined;

  private constructor(aedes: Aedes, password: string | undefined) {
    this.#aedes = aedes;
    this.#password = password;
  }

  /** @param access absent: anybody may do anything */
  static async open(access?: BrokerAccess): Promise<Broker> {
    const hooks = access && accessHooks(access);
    // A meter in simulated time takes as long as it takes: no heartbeat of real time may end its connection.
    const aedes = await Aedes.createBroker({ connectTimeout: 0x7fffffff, ...hooks });
    return new Broker(aedes, access?.operatorPassword);
  }

  /** A network of its own for one meter. */
  network(): MemoryNetwork {
    return new MemoryNetwork(stream => this.#aedes.handle(stream));
  }

  /** A client of mqtt.js, connected without a socket, that knows the operator's password. */
  client(clientId: string): MqttClient {
    const connect = () => {
      const [near, far] = duplexPair();
      this.#aedes.handle(far);
      return near;
    };
    const login = this.#password === undefined ? {} : { username: 'operator', password: this.#password };
    return new mqtt.MqttClient(connect, { clientId, keepalive: 0, protocolVersion: 4, ...login });
  }

  /** Lets MQTT clients in on the loopback interface too. Rejects when the port is taken. */
  async listen(port: number): Promise<void> {
    const server = createServer(stream => this.#aedes.handle(stream));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  }

  async close(): Promise<void> {
    this.#server?.close();
    await new Promise<void>(resolve => this.#aedes.close(() => resolve()));
  }
}
