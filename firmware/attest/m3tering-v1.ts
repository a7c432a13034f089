import { ascii } from '../bytes';
import type { MilliwattHours } from '../energy';

/**
 * What a payload of the first generation of the M3tering protocol says: JSON, over LoRaWAN and Arweave. No meter of ours
 * sends it; it is here for those who feed a contract of that generation.
 */
export interface PayloadV1 {
  readonly nonce: number;
  /** V, the mean since the payload before; two decimals are sent */
  readonly voltage: number;
  /** A, likewise */
  readonly current: number;
  /** Since the payload before */
  readonly energy: MilliwattHours;
}

/**
 * `["[nonce,voltage,current,energy]","signature","public key"]`: volts and amperes with at most two decimals, kWh with
 * six, signature and key in base64.
 * @param publicKey Ed25519, 32 bytes
 * @param sign the Ed25519 signature, 64 bytes, of a message by that key
 * @throws RangeError when a number is not finite, or the nonce or energy is no whole number from 0 on
 */
export function encodePayloadV1(
  payload: PayloadV1,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Uint8Array,
): string {
  const data = dataText(payload);
  // what is signed is the text as it stands in the payload: with its quotation marks
  const signature = sign(ascii(JSON.stringify(data)));
  return JSON.stringify([data, base64(signature), base64(publicKey)]);
}

function dataText({ nonce, voltage, current, energy }: PayloadV1): string {
  const whole = { nonce, energy };
  for (const [name, value] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${name}: expected a whole number from 0 on, got ${value}`);
  for (const [name, value] of Object.entries({ voltage, current }))
    if (!Number.isFinite(value)) throw new RangeError(`${name}: expected a number, got ${value}`);
  return `[${nonce},${hundredths(voltage)},${hundredths(current)},${(energy / 1e6).toFixed(6)}]`;
}

/** At most two decimals, none that says nothing: 213.7. */
function hundredths(value: number): string {
  return `${Math.round(value * 100) / 100}`;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** RFC 4648 §4 */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let k = 0; k < bytes.length; k += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(k, k + 3);
    const bits = (a << 16) | (b << 8) | c;
    for (const shift of [18, 12, 6, 0]) text += DIGITS.charAt((bits >> shift) & 63);
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  return text.slice(0, text.length - padding) + '='.repeat(padding);
}
