import { timingSafeEqual } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  logVerbosity,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  setLogVerbosity,
  status,
} from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';
import type { Result } from '../../firmware/result';

/** What a Console wants to be sent to a device. */
export interface QueueItem {
  readonly devEui: string;
  readonly fPort: number;
  readonly data: Uint8Array;
}

/**
 * Why nothing was sent. `unknown-device`: no meter of that devEui has said anything. `wrong-port`: not fPort 2.
 * `wrong-length`: not 9 or 13 bytes. `no-broker`: the meters' broker did not take it.
 */
export type EnqueueFault = 'unknown-device' | 'wrong-port' | 'wrong-length' | 'no-broker';

export interface DeviceServiceOptions {
  readonly host: string;
  /** 0: any that is free */
  readonly port: number;
  /** What callers must send as `authorization: Bearer {token}`; absent: whoever reaches the port may call. */
  readonly token?: string;
  /** @returns the id of the item; never rejects */
  readonly enqueue: (item: QueueItem) => Promise<Result<string, EnqueueFault>>;
}

export interface DeviceService {
  readonly port: number;
  close(): void;
}

/** As proto-loader reads the messages of device-service.proto. */
interface EnqueueRequest {
  readonly queueItem: QueueItem | null;
}
interface EnqueueResponse {
  readonly id: string;
}

const PROTO = fileURLToPath(new URL('device-service.proto', import.meta.url));
const LONGEST_REQUEST = 4096;
const NOTHING: QueueItem = { devEui: '', fPort: 0, data: new Uint8Array() };

const ANSWERS: Readonly<Record<EnqueueFault, { readonly code: status; readonly details: string }>> = {
  'unknown-device': { code: status.NOT_FOUND, details: 'dev_eui: expected that of a meter that has spoken' },
  'wrong-port': { code: status.INVALID_ARGUMENT, details: 'f_port: expected 2' },
  'wrong-length': { code: status.INVALID_ARGUMENT, details: 'data: expected 9 or 13 bytes' },
  'no-broker': { code: status.UNAVAILABLE, details: 'the broker of the meters did not take it' },
};

/**
 * ChirpStack's `api.DeviceService`, of which `Enqueue` is there; the others answer UNIMPLEMENTED. In plain text, as the
 * Console calls it.
 * @throws Error when the port cannot be opened
 */
export async function startDeviceService(options: DeviceServiceOptions): Promise<DeviceService> {
  const { host, port, token, enqueue } = options;
  // else it writes to stderr what it also returns
  setLogVerbosity(logVerbosity.NONE);
  const { 'api.DeviceService': definition } = await load(PROTO, { defaults: true });
  const server = new Server({ 'grpc.max_receive_message_length': LONGEST_REQUEST });
  server.addService(definition as Parameters<Server['addService']>[0], {
    Enqueue: (
      call: ServerUnaryCall<EnqueueRequest, EnqueueResponse>,
      done: sendUnaryData<EnqueueResponse>,
    ) => {
      if (!isAuthorized(call.metadata, token))
        return done({
          code: status.UNAUTHENTICATED,
          details: 'authorization: expected Bearer and the API token',
        });
      void enqueue(call.request.queueItem ?? NOTHING).then(sent =>
        sent.ok ? done(null, { id: sent.value }) : done(ANSWERS[sent.fault]),
      );
    },
  });
  const bound = await new Promise<number>((resolve, reject) => {
    const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(at, ServerCredentials.createInsecure(), (error, used) =>
      error === null ? resolve(used) : reject(error),
    );
  });
  return { port: bound, close: () => server.forceShutdown() };
}

/** Takes as long for every token of the right length, so that none is found digit by digit. */
function isAuthorized(metadata: Metadata, token: string | undefined): boolean {
  if (token === undefined) return true;
  const expected = Buffer.from(`Bearer ${token}`);
  const given = Buffer.from(String(metadata.get('authorization')[0] ?? ''));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
