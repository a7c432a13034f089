import { connect, type MqttClient } from 'mqtt';
import { Failure } from './errors';

const PATIENCE_SECONDS = 10;

/**
 * Publishes one retained message with QoS 1 over a connection of its own, and waits for the broker's PUBACK.
 * @throws Failure that names the broker when it cannot be reached, refuses, or does not answer in `patience` seconds.
 */
export async function publishRetained(
  broker: string,
  topic: string,
  payload: Uint8Array,
  patience = PATIENCE_SECONDS,
): Promise<void> {
  const client = connect(broker, { reconnectPeriod: 0 });
  try {
    await Promise.race([publish(client, topic, payload), failed(client, patience)]);
  } catch (error) {
    throw new Failure(`broker ${withoutCredentials(broker)}: expected a PUBACK, got ${reason(error)}`);
  } finally {
    client.end(true);
  }
}

function publish(client: MqttClient, topic: string, payload: Uint8Array): Promise<unknown> {
  return client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
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

/** Node's connection errors to more than one address have a code and no message. */
function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : message;
}

function withoutCredentials(broker: string): string {
  const { protocol, host } = new URL(broker);
  return `${protocol}//${host}`;
}
