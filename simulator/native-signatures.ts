import secp256k1 from 'secp256k1';
import type { Crypto } from '../firmware/host';

/** Ethereum writes the recovery bit as 27 or 28 (yellow paper, appendix F). */
const V_OFFSET = 27;
/** Half the order of the group: s above it is the other one of two signatures of the same. */
const HALF_ORDER = Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex');

/**
 * The same port with libsecp256k1 in place of @noble for signatures, where the npm package `secp256k1` has a binary: they
 * would else take a third of a simulation. What they answer is the same to the byte.
 */
export function withNativeSignatures(crypto: Crypto): Crypto {
  return { ...crypto, sign, recover };
}

/** By RFC 6979, with s in the lower half: so libsecp256k1 does by itself. */
function sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const { signature, recid } = secp256k1.ecdsaSign(digest, privateKey);
  const bytes = new Uint8Array(65);
  bytes.set(signature);
  bytes[64] = V_OFFSET + recid;
  return bytes;
}

function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  if (digest.length !== 32) throw new RangeError(`digest: expected 32 bytes, got ${digest.length}`);
  const bit = (signature[64] ?? 0) - V_OFFSET;
  if (signature.length !== 65 || (bit !== 0 && bit !== 1)) return undefined;
  if (HALF_ORDER.compare(signature, 32, 64) < 0) return undefined;
  try {
    return secp256k1.ecdsaRecover(signature.subarray(0, 64), bit, digest, false).slice(1);
  } catch {
    // r or s is no scalar, or r is not the x of a point
    return undefined;
  }
}
