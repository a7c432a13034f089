import { ascii, concat } from '../bytes';
import type { Crypto } from '../host';

/** Bytes that SHA-256 takes in at a time */
const BLOCK = 64;
const INFO = ascii('M3ter Ed25519 v1');
/** Number of the first block of HKDF's output, the only one that 32 bytes take */
const FIRST = Uint8Array.of(1);

/**
 * The 32 secret bytes of the Ed25519 key (RFC 8032, 5.1.5) that signs payloads of M3tering v2, from the device's seed by
 * HKDF-SHA-256 (RFC 5869) without a salt, with the info `M3ter Ed25519 v1`: neither key tells anything of the other.
 * @param seed 32 bytes
 */
export function ed25519Seed(crypto: Pick<Crypto, 'sha256'>, seed: Uint8Array): Uint8Array {
  const extracted = hmac(crypto, new Uint8Array(32), seed);
  return hmac(crypto, extracted, concat(INFO, FIRST));
}

/** HMAC-SHA-256 (RFC 2104). @param key at most 64 bytes */
function hmac(crypto: Pick<Crypto, 'sha256'>, key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(BLOCK).fill(0x36);
  const outer = new Uint8Array(BLOCK).fill(0x5c);
  for (let k = 0; k < key.length; k++) {
    inner[k] = (inner[k] as number) ^ (key[k] as number);
    outer[k] = (outer[k] as number) ^ (key[k] as number);
  }
  return crypto.sha256(concat(outer, crypto.sha256(concat(inner, message))));
}
