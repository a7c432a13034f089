import type { Crypto } from '../../../firmware/host';

type Fill = (output: Uint8Array, ...inputs: readonly Uint8Array[]) => unknown;

const initialise = native('xs_crypto_init') as () => void;
const fillRandom = native('xs_crypto_random') as Fill;
const fillSha256 = native('xs_crypto_sha256') as Fill;
const beginSha256 = native('xs_crypto_sha256_begin') as () => void;
const addToSha256 = native('xs_crypto_sha256_add') as (piece: Uint8Array) => void;
const endSha256 = native('xs_crypto_sha256_end') as Fill;
const fillKeccak256 = native('xs_crypto_keccak256') as Fill;
const fillSignature = native('xs_crypto_sign') as Fill;
const fillPublicKey = native('xs_crypto_recover') as Fill;

/**
 * The Crypto port on the native module: libsecp256k1, the Keccak team's permutation, the hardware's randomness. SHA-512 is
 * the SDK's: sha512.ts.
 */
export function createCrypto(): Omit<Crypto, 'sha512'> {
  initialise();
  return { random, sha256, keccak256, sign, recover };
}

/** The one SHA-256 over pieces that there is: begun anew it forgets what came before. */
export const sha256OfPieces = {
  begin: beginSha256,
  add: addToSha256,
  /** 32 bytes; `begin` must be called before anything is added again. */
  end: (): Uint8Array => filled(32, endSha256),
};

function random(length: number): Uint8Array {
  return filled(length, fillRandom);
}

function sha256(message: Uint8Array): Uint8Array {
  return filled(32, fillSha256, message);
}

function keccak256(message: Uint8Array): Uint8Array {
  return filled(32, fillKeccak256, message);
}

function sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  return filled(65, fillSignature, digest, privateKey);
}

function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== 65) return undefined;
  const publicKey = new Uint8Array(64);
  return fillPublicKey(publicKey, digest, signature) ? publicKey : undefined;
}

function filled(length: number, fill: Fill, ...inputs: readonly Uint8Array[]): Uint8Array {
  const output = new Uint8Array(length);
  fill(output, ...inputs);
  return output;
}
