import { createPublicKey, verify } from 'node:crypto';

/*
 * A reader of M3tering's payload v2 that shares nothing with the firmware's, written from the layout in the protocol's
 * documents alone:
 *    0  nonce u32 | 4 energy u32, kWh · 10⁶ | 8 signature 64 | 72 voltage u16, V · 10 | 74 device id 32 |
 *    106 longitude int24, degrees · 10⁵ | 109 latitude int24, degrees · 10⁵
 */

export interface ReadPayload {
  readonly nonce: number;
  /** kWh · 10⁶ */
  readonly energy: number;
  /** The bytes that are signed. */
  readonly message: Buffer;
  readonly signature: Buffer;
  /** V */
  readonly voltage?: number;
  /** Hex */
  readonly deviceId?: string;
  /** Degrees */
  readonly longitude?: number;
  readonly latitude?: number;
}

/** @throws Error for a length that no payload has */
export function readPayload(bytes: Uint8Array): ReadPayload {
  const buffer = Buffer.from(bytes);
  const has = (end: number) => buffer.length >= end;
  if (![72, 74, 106, 109, 112].includes(buffer.length)) throw new Error(`payload: ${buffer.length} bytes`);
  return {
    nonce: buffer.readUInt32BE(0),
    energy: buffer.readUInt32BE(4),
    message: buffer.subarray(0, 8),
    signature: buffer.subarray(8, 72),
    ...(has(74) && { voltage: buffer.readUInt16BE(72) / 10 }),
    ...(has(106) && { deviceId: buffer.toString('hex', 74, 106) }),
    ...(has(109) && { longitude: buffer.readIntBE(106, 3) / 1e5 }),
    ...(has(112) && { latitude: buffer.readIntBE(109, 3) / 1e5 }),
  };
}

/** @param deviceId hex of an Ed25519 public key */
export function isSignedBy(deviceId: string, { message, signature }: ReadPayload): boolean {
  // RFC 8410: what stands before the key in its SubjectPublicKeyInfo
  const der = Buffer.from(`302a300506032b6570032100${deviceId}`, 'hex');
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}
