import { type AddressInfo, createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connect } from 'mqtt';

/** Where the Console listens for uplinks: at a port that the bridge opens, or at a broker that both use. */
export type ConsoleMqttOptions =
  | { readonly host: string; readonly port: number }
  /** mqtt:// or mqtts:// */
  | { readonly broker: string };

/** The way of uplinks to the Console. */
export interface ConsoleMqtt {
  /** The port that was opened, if one was. */
  readonly port?: number;
  /**
   * QoS 0, as ChirpStack publishes: a payload that waits for a Console is one that the meter has given up.
   * @returns whether somebody is there: a client, or the broker; whether it is the Console, MQTT does not tell
   */
  publish(topic: string, text: string): boolean;
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 16;
const CONNECT_MILLISECONDS = 10_000;

/** @throws Error of the system when the port cannot be opened; a broker that is away is tried again every second. */
export async function openConsoleMqtt(options: ConsoleMqttOptions): Promise<ConsoleMqtt> {
  return 'broker' in options ? throughBroker(options.broker) : listen(options.host, options.port);
}

/** A broker on which nobody but the bridge may say anything. */
async function listen(host: string, port: number): Promise<ConsoleMqtt> {
  const broker = await Aedes.createBroker({
    connectTimeout: CONNECT_MILLISECONDS,
    authorizePublish: (_client, { topic }, done) => done(new Error(`publish: not allowed on ${topic}`)),
  });
  const server = createServer(stream => broker.handle(stream));
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await opened(server, host, port);
  } catch (error) {
    broker.close();
    throw error;
  }
  return {
    port: (server.address() as AddressInfo).port,
    publish: (topic, text) => {
      const packet = { cmd: 'publish', topic, payload: text, qos: 0, retain: false, dup: false } as const;
      broker.publish(packet, () => {});
      return broker.connectedClients > 0;
    },
    close: async () => {
      server.close();
      await new Promise<void>(resolve => broker.close(() => resolve()));
    },
  };
}

function opened(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}

function throughBroker(url: string): ConsoleMqtt {
  const client = connect(url, { queueQoSZero: false });
  // it reconnects by itself, and whether it is there is asked at each uplink
  client.on('error', () => {});
  return {
    publish: (topic, text) => {
      if (!client.connected) return false;
      client.publish(topic, text);
      return true;
    },
    close: () => client.endAsync(true),
  };
}
