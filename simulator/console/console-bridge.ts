import { ConsoleExchange, type ExchangeOptions } from './console-exchange';
import { type ConsoleMqttOptions, openConsoleMqtt } from './console-mqtt';
import { type DeviceService, startDeviceService } from './device-service';
import { APPLICATION_ID } from './uplink-event';

export interface ConsoleBridgeOptions extends ExchangeOptions {
  readonly console: {
    readonly mqtt: ConsoleMqttOptions;
    /** Port 0: any that is free. */
    readonly grpc: { readonly host: string; readonly port: number };
  };
  /** The Console's API_TOKEN; absent: whoever reaches the gRPC port may answer meters. */
  readonly apiToken?: string;
}

/** What a M3tering Console takes for its ChirpStack. */
export interface ConsoleBridge {
  /** Where the Console finds MQTT, if the bridge listens for it. */
  readonly mqttPort?: number;
  /** Where it finds the gRPC API. */
  readonly grpcPort: number;
  /** The client of the meters' broker stays open, for it is the caller's. */
  close(): Promise<void>;
}

/**
 * Resolves once both ports are open and the meters' broker has confirmed the subscription; waits for a broker that is
 * away, with the ports open: a Console that finds no MQTT when it starts gives up.
 * @throws RangeError for an applicationId that cannot be part of a topic, Error when a port cannot be opened or the
 * broker refuses
 */
export async function startConsoleBridge(options: ConsoleBridgeOptions): Promise<ConsoleBridge> {
  const { client, chainId, applicationId, console, apiToken } = options;
  if (!APPLICATION_ID.test(applicationId))
    throw new RangeError(`applicationId: expected 1 to 100 characters without / + #, got ${applicationId}`);
  const mqtt = await openConsoleMqtt(console.mqtt);
  const exchange = new ConsoleExchange(options, mqtt);
  const filter = `m3ter/${chainId}/+/payload`;
  const onMessage = (topic: string, payload: Uint8Array) => void exchange.takePayload(topic, payload);
  let service: DeviceService | undefined;
  const close = async () => {
    client.off('message', onMessage);
    if (client.connected) client.unsubscribe(filter);
    service?.close();
    await mqtt.close();
  };
  try {
    service = await startDeviceService({
      ...console.grpc,
      ...(apiToken !== undefined && { token: apiToken }),
      enqueue: item => exchange.takeAnswer(item),
    });
    client.on('message', onMessage);
    await client.subscribeAsync(filter, { qos: 1 });
  } catch (error) {
    await close();
    throw error;
  }
  return { ...(mqtt.port !== undefined && { mqttPort: mqtt.port }), grpcPort: service.port, close };
}
