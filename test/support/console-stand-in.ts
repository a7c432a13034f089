import deviceService from '@chirpstack/chirpstack-api/api/device_grpc_pb.js';
import device from '@chirpstack/chirpstack-api/api/device_pb.js';
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { connectAsync, type MqttClient } from 'mqtt';
import { isSignedBy, type ReadPayload, readPayload } from '../vectors/payload-reader';

const { DeviceServiceClient } = deviceService;
const { DeviceQueueItem, EnqueueDeviceQueueItemRequest } = device;

export type EnqueueClient = InstanceType<typeof DeviceServiceClient>;

/** Why a payload got no answer. */
export type Drop = 'busy' | 'unknown-device' | 'wrong-signature' | 'wrong-nonce';

export interface StandInOptions {
  readonly mqtt: { readonly port: number };
  readonly grpcPort: number;
  readonly applicationId: string;
  readonly token?: string;
}

interface Uplink {
  readonly deviceInfo: { readonly devEui: string };
  readonly data: string;
}

/**
 * A M3tering Console as seen from outside, after what the real one was seen to do: it takes just the nonce after the last,
 * answers nonce 0 with the last, and drops all else, and what comes while it is busy, without a word.
 */
export class ConsoleStandIn {
  /** Uplink events as they came. */
  readonly events: unknown[] = [];
  readonly topics: string[] = [];
  readonly accepted: { readonly devEui: string; readonly nonce: number; readonly energy: number }[] = [];
  readonly drops: Drop[] = [];
  /** What Enqueue said: an id, or an error's code. */
  readonly enqueued: (string | number)[] = [];
  /** What it asks its chain while it handles a payload with a device id. */
  chain: () => Promise<void> = async () => {};
  isOn = true;
  readonly #options: StandInOptions;
  readonly #mqtt: MqttClient;
  readonly #grpc: EnqueueClient;
  readonly #keys = new Map<string, string>();
  readonly #lastNonces = new Map<string, number>();
  readonly #locked = new Set<string>();

  static async start(options: StandInOptions): Promise<ConsoleStandIn> {
    const { port } = options.mqtt;
    const mqtt = await connectAsync({ host: '127.0.0.1', port, reconnectPeriod: 50, keepalive: 0 });
    const standIn = new ConsoleStandIn(options, mqtt);
    await mqtt.subscribeAsync(`application/${options.applicationId}/device/+/event/up`);
    return standIn;
  }

  private constructor(options: StandInOptions, mqtt: MqttClient) {
    this.#options = options;
    this.#mqtt = mqtt;
    this.#grpc = enqueueClient(options.grpcPort);
    mqtt.on('error', () => {});
    mqtt.on('message', (topic, blob) => {
      const event: Uplink = JSON.parse(blob.toString());
      this.topics.push(topic);
      this.events.push(event);
      void this.#handle(event);
    });
  }

  close(): void {
    this.#mqtt.end(true);
    this.#grpc.close();
  }

  async #handle({ deviceInfo: { devEui }, data }: Uplink): Promise<void> {
    if (this.#locked.has(devEui)) {
      this.drops.push('busy');
      return;
    }
    this.#locked.add(devEui);
    const answer = await this.#answer(devEui, readPayload(Buffer.from(data, 'base64')));
    if (typeof answer === 'string') this.drops.push(answer);
    else this.enqueued.push(await enqueue(this.#grpc, { devEui, data: answer, ...this.#options }));
    this.#locked.delete(devEui);
  }

  async #answer(devEui: string, payload: ReadPayload): Promise<Drop | Buffer> {
    const key = payload.deviceId ?? this.#keys.get(devEui);
    if (key === undefined) return 'unknown-device';
    if (!isSignedBy(key, payload)) return 'wrong-signature';
    if (payload.deviceId !== undefined) await this.chain();
    this.#keys.set(devEui, key);
    const last = this.#lastNonces.get(key) ?? 0;
    const { nonce, energy } = payload;
    if (nonce !== 0 && nonce !== last + 1) return 'wrong-nonce';
    if (nonce !== 0) {
      this.#lastNonces.set(key, nonce);
      this.accepted.push({ devEui, nonce, energy });
    }
    const tells = nonce === 0 && last > 0 ? [...Buffer.from(last.toString(16).padStart(8, '0'), 'hex')] : [];
    return Buffer.concat([Buffer.from([this.isOn ? 1 : 0, ...tells]), position(payload)]);
  }
}

/** float32 latitude, float32 longitude; zeros where the payload says none */
function position({ latitude = 0, longitude = 0 }: ReadPayload): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeFloatBE(latitude, 0);
  bytes.writeFloatBE(longitude, 4);
  return bytes;
}

/** The client that the real Console uses. */
export function enqueueClient(port: number): EnqueueClient {
  return new DeviceServiceClient(`127.0.0.1:${port}`, credentials.createInsecure());
}

export interface Item {
  readonly devEui?: string;
  readonly data?: Uint8Array;
  readonly fPort?: number;
  readonly token?: string;
}

/** @returns the item's id, or the code of the error */
export function enqueue(
  client: EnqueueClient,
  { devEui, data, fPort = 2, token }: Item,
): Promise<string | number> {
  const item = new DeviceQueueItem();
  item.setFPort(fPort);
  item.setConfirmed(false);
  if (devEui !== undefined) item.setDevEui(devEui);
  if (data !== undefined) item.setData(Uint8Array.from(data));
  const request = new EnqueueDeviceQueueItemRequest();
  request.setQueueItem(item);
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return new Promise(resolve => {
    client.enqueue(request, metadata, (error: ServiceError | null, response) =>
      resolve(error === null ? (response?.getId() ?? '') : error.code),
    );
  });
}
