import { ascii, equal } from '../bytes';
import type { Crypto } from '../host';
import { failure, type Result, success } from '../result';
import { addressOf } from './address';

/** A secp256k1 key pair that signs, known to the world by its address. */
export interface SigningKey {
  /** 32 bytes; never leaves the device, never printed. */
  readonly privateKey: Uint8Array;
  /** 20 bytes */
  readonly address: Uint8Array;
}

/** `unusable-secret`: not a number of 1 to n − 1. `signer-fault`: what the signer signs does not verify. */
export type KeyFault = 'unusable-secret' | 'signer-fault';

/** The order n of secp256k1, big-endian (SEC 2, 2.4.1). */
const CURVE_ORDER = Uint8Array.of(
  ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
  ...[0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41],
);

/**
 * The key whose private half is the secret itself. The public half is recovered from a trial signature, since the
 * Crypto port derives none; a second one proves that the signer is sound before anything depends on it.
 */
export function signingKey(crypto: Crypto, secret: Uint8Array): Result<SigningKey, KeyFault> {
  if (!isPrivateKey(secret)) return failure('unusable-secret');
  const [first, second] = ['first', 'second'].map(word => {
    const digest = crypto.keccak256(ascii(`M3ter ${word} trial signature`));
    return crypto.recover(digest, crypto.sign(digest, secret));
  });
  if (first === undefined || second === undefined || !equal(first, second)) return failure('signer-fault');
  return success({ privateKey: secret, address: addressOf(crypto, first) });
}

function isPrivateKey(secret: Uint8Array): boolean {
  if (secret.length !== 32 || secret.every(byte => byte === 0)) return false;
  const differs = secret.findIndex((byte, k) => byte !== CURVE_ORDER[k]);
  return differs >= 0 && (secret[differs] as number) < (CURVE_ORDER[differs] as number);
}
