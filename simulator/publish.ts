import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { brokerFault } from './broker/broker-fault';
import { Failure } from './errors';

export interface PublishOptions {
  /** PEM: the only authority to trust, and the certificate to show with its key. */
  readonly tls?: Pick<IClientOptions, 'ca' | 'cert' | 'key'>;
  /** s; 10 when absent */
  readonly patience?: number;
}

const PATIENCE_SECONDS = 10;
/** Of CONNACK: another version is asked for, in the words of 3.1.1 and of 5. */
const OTHER_VERSION = [1, 0x84];

/**
 * Publishes one retained message with QoS 1 over a connection of its own, and waits for the broker's PUBACK: by MQTT 5, as
 * 3.1.1 confirms what it throws away, and by 3.1.1 to a broker that knows no more.
 * @throws Failure that names the broker when it cannot be reached, refuses, or does not answer in `patience` seconds.
 */
export async function publishRetained(
  broker: string,
  topic: string,
  payload: Uint8Array,
  options: PublishOptions = {},
): Promise<void> {
  try {
    await publishOnce(broker, 5, topic, payload, options).catch(error => {
      if (!OTHER_VERSION.includes(error.code)) throw error;
      return publishOnce(broker, 4, topic, payload, options);
    });
  } catch (error) {
    const fault = brokerFault(error as Error);
    throw new Failure(`broker ${withoutCredentials(broker)}: expected a PUBACK, got none: ${fault}`);
  }
}

async function publishOnce(
  broker: string,
  protocolVersion: 4 | 5,
  topic: string,
  payload: Uint8Array,
  { tls, patience = PATIENCE_SECONDS }: PublishOptions,
): Promise<void> {
  const login = new URL(broker);
  // mqtt.js takes user and password of a URL as they are written there
  const [username, password] = [login.username, login.password].map(decodeURIComponent);
  const options = { ...tls, ...(username && { username, password }), protocolVersion, reconnectPeriod: 0 };
  const client = connect(withoutCredentials(broker), options as IClientOptions);
  try {
    await Promise.race([publish(client, topic, payload), failed(client, patience)]);
  } finally {
    client.end(true);
  }
}

/** Not before there is a connection: why there is none would be lost. */
function publish(client: MqttClient, topic: string, payload: Uint8Array): Promise<unknown> {
  const publishNow = () => client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
  return new Promise((resolve, reject) => client.once('connect', () => publishNow().then(resolve, reject)));
}

/** Rejects with whatever keeps the PUBACK away. */
function failed(client: MqttClient, patience: number): Promise<never> {
  return new Promise((_, reject) => {
    client.on('error', reject);
    client.on('close', () => reject(new Error('a closed connection')));
    const timer = setTimeout(() => reject(new Error(`no answer in ${patience} s`)), patience * 1000);
    client.on('end', () => clearTimeout(timer));
  });
}

function withoutCredentials(broker: string): string {
  const { protocol, host } = new URL(broker);
  return `${protocol}//${host}`;
}
