import { readUint, writeUint } from '../big-endian';
import { concat } from '../bytes';
import { type MilliwattHours, milliwattHours } from '../energy';
import { failure, type Result, success } from '../result';

/**
 * The payload v2 of the M3tering protocol, big-endian:
 *
 *      0   4  nonce, u32
 *      4   4  energy since the payload before, u32, mWh
 *      8  64  Ed25519 signature over bytes 0 to 7
 *     72   2  voltage, u16, dV                      | each of these is there
 *     74  32  the Ed25519 public key: the device id | only if all before it are
 *    106   3  longitude, int24, degrees · 10⁵       |
 *    109   3  latitude, int24, degrees · 10⁵        |
 */
export interface PayloadV2 {
  readonly nonce: number;
  readonly energy: MilliwattHours;
  /** 64 bytes */
  readonly signature: Uint8Array;
  /** V, to 0.1 */
  readonly voltage?: number;
  /** 32 bytes */
  readonly publicKey?: Uint8Array;
  /** Degrees east, to 10⁻⁵ */
  readonly longitude?: number;
  /** Degrees north, to 10⁻⁵ */
  readonly latitude?: number;
}

const SIGNED_LENGTH = 8;
const VOLTAGE_AT = 72;
const KEY_AT = 74;
const LONGITUDE_AT = 106;
const LATITUDE_AT = 109;
const FULL_LENGTH = 112;
const LENGTHS: readonly number[] = [VOLTAGE_AT, KEY_AT, LONGITUDE_AT, LATITUDE_AT, FULL_LENGTH];
const INT24_LIMIT = 2 ** 23;

/** The 8 bytes that are signed. @throws RangeError when the nonce or the energy, in mWh, is beyond 32 bits. */
export function payloadV2Message(nonce: number, energy: MilliwattHours): Uint8Array {
  const message = new Uint8Array(SIGNED_LENGTH);
  writeUint(message, 0, 4, nonce);
  writeUint(message, 4, 4, energy);
  return message;
}

/**
 * A position that int24 cannot hold (beyond ±83.886°) is left out, both halves of it.
 * @throws RangeError when a field is out of range, or there without those before it.
 */
export function encodePayloadV2(payload: PayloadV2): Uint8Array {
  const { nonce, energy, signature, voltage, publicKey } = payload;
  if (signature.length !== 64) throw new RangeError(`signature: expected 64 bytes, got ${signature.length}`);
  const position = encodePosition(payload);
  if (publicKey === undefined) {
    if (position.length > 0) throw new RangeError('position: expected a publicKey before it, got none');
  } else {
    if (publicKey.length !== 32)
      throw new RangeError(`publicKey: expected 32 bytes, got ${publicKey.length}`);
    if (voltage === undefined) throw new RangeError('publicKey: expected a voltage before it, got none');
  }
  const tenths = new Uint8Array(voltage === undefined ? 0 : 2);
  if (voltage !== undefined) writeUint(tenths, 0, 2, Math.round(voltage * 10));
  return concat(payloadV2Message(nonce, energy), signature, tenths, publicKey ?? new Uint8Array(0), position);
}

/** `wrong-length`: not 72, 74, 106, 109 or 112 bytes. Whether the signature holds is for Ed25519 to say. */
export function decodePayloadV2(bytes: Uint8Array): Result<PayloadV2, 'wrong-length'> {
  const { length } = bytes;
  if (!LENGTHS.includes(length)) return failure('wrong-length');
  return success({
    nonce: readUint(bytes, 0, 4),
    energy: milliwattHours(readUint(bytes, 4, 4)),
    signature: bytes.slice(SIGNED_LENGTH, VOLTAGE_AT),
    ...(length > VOLTAGE_AT && { voltage: readUint(bytes, VOLTAGE_AT, 2) / 10 }),
    ...(length > KEY_AT && { publicKey: bytes.slice(KEY_AT, LONGITUDE_AT) }),
    ...(length > LONGITUDE_AT && { longitude: readDegrees(bytes, LONGITUDE_AT) }),
    ...(length > LATITUDE_AT && { latitude: readDegrees(bytes, LATITUDE_AT) }),
  });
}

function encodePosition({ longitude, latitude }: PayloadV2): Uint8Array {
  if (longitude === undefined) {
    if (latitude !== undefined) throw new RangeError('latitude: expected a longitude before it, got none');
    return new Uint8Array(0);
  }
  const degrees = latitude === undefined ? [longitude] : [longitude, latitude];
  const units = degrees.map(angle => Math.round(angle * 1e5));
  if (units.some(unit => unit < -INT24_LIMIT || unit >= INT24_LIMIT)) return new Uint8Array(0);
  const bytes = new Uint8Array(3 * units.length);
  units.forEach((unit, k) => {
    writeUint(bytes, 3 * k, 3, unit < 0 ? unit + 2 * INT24_LIMIT : unit);
  });
  return bytes;
}

function readDegrees(bytes: Uint8Array, offset: number): number {
  const unit = readUint(bytes, offset, 3);
  return (unit >= INT24_LIMIT ? unit - 2 * INT24_LIMIT : unit) / 1e5;
}
