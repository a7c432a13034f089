import { randomUUID } from 'node:crypto';
import type { Device } from './device-directory';

/** What a ChirpStack v4 says of a device's application: https://www.chirpstack.io/docs/chirpstack/integrations/events.html */
export interface UplinkContext {
  readonly chainId: number;
  readonly applicationId: string;
}

/** An APPLICATION_ID: ChirpStack's are UUIDs, but all that can be one part of a topic will do. */
export const APPLICATION_ID = /^[^/+#\0]{1,100}$/;

/** LoRaWAN's port on which a M3tering Console and its meters talk. */
export const CONSOLE_PORT = 2;

const NONE = '00000000-0000-0000-0000-000000000000';

/** `application/{applicationId}/device/{devEui}/event/up` */
export function uplinkTopic(applicationId: string, { devEui }: Device): string {
  return `application/${applicationId}/device/${devEui}/event/up`;
}

/**
 * ChirpStack's event `up` for one payload. Of the radio it says nothing, since there was none: no gateway in `rxInfo`,
 * no `txInfo`.
 */
export function uplinkEvent({ chainId, applicationId }: UplinkContext, device: Device, payload: Uint8Array) {
  return {
    deduplicationId: randomUUID(),
    time: new Date().toISOString(),
    deviceInfo: {
      tenantId: NONE,
      tenantName: 'm3ter',
      applicationId,
      applicationName: 'm3ter',
      deviceProfileId: NONE,
      deviceProfileName: 'm3ter',
      deviceName: `m3ter-${chainId}-${device.m3terId}`,
      devEui: device.devEui,
      deviceClassEnabled: 'CLASS_C',
      tags: { chainId: `${chainId}`, m3terId: `${device.m3terId}` },
    },
    devAddr: '00000000',
    adr: false,
    dr: 0,
    fCnt: device.frames,
    fPort: CONSOLE_PORT,
    confirmed: false,
    data: Buffer.from(payload).toString('base64'),
    rxInfo: [],
  };
}
