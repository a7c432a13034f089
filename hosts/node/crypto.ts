import { randomFillSync } from 'node:crypto';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import * as secp256k1 from '@noble/secp256k1';
import type { Crypto } from '../../firmware/host';

secp256k1.hashes.sha256 = sha256;
secp256k1.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);

/** Ethereum writes the recovery bit as 27 or 28 (yellow paper, appendix F). */
const V_OFFSET = 27;

/** The Crypto port on @noble. `random` is the system's unless a simulation brings a seeded one. */
export function createCrypto(random: Crypto['random'] = systemRandom): Crypto {
  return { random, sha256, sha512, keccak256: keccak_256, sign, recover };
}

function systemRandom(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}

/** noble signs by RFC 6979 and normalises s to the lower half; its order is v ‖ r ‖ s, with v of 0 or 1. */
function sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  assertDigest(digest);
  const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' });
  const signature = new Uint8Array(65);
  signature.set(recovered.subarray(1));
  signature[64] = V_OFFSET + (recovered[0] as number);
  return signature;
}

function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  assertDigest(digest);
  const bit = (signature[64] ?? 0) - V_OFFSET;
  if (signature.length !== 65 || (bit !== 0 && bit !== 1)) return undefined;
  const recovered = new Uint8Array(65);
  recovered[0] = bit;
  recovered.set(signature.subarray(0, 64), 1);
  try {
    if (secp256k1.Signature.fromBytes(recovered, 'recovered').hasHighS()) return undefined;
    return secp256k1.recoverPublicKey(recovered, digest, { prehash: false, isCompressed: false }).slice(1);
  } catch {
    // r or s is no scalar, or r is not the x of a point
    return undefined;
  }
}

function assertDigest(digest: Uint8Array): void {
  if (digest.length !== 32) throw new RangeError(`digest: expected 32 bytes, got ${digest.length}`);
}
