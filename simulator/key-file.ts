import { type SigningKey, signingKey } from '../firmware/attest/device-key';
import { fromHex } from '../firmware/bytes';
import type { Crypto } from '../firmware/host';
import { readTextFile } from './cli/files';
import { Failure } from './errors';

/**
 * The key in a text file of 64 hex digits, with or without `0x`.
 * @throws Failure, which never tells what is in the file, when it cannot be read or holds no private key.
 */
export function readKeyFile(crypto: Crypto, path: string): SigningKey {
  const text = readTextFile('key file', path).trim();
  const secret = /^(0x)?[0-9a-fA-F]{64}$/.test(text) ? fromHex(text) : undefined;
  if (secret === undefined)
    throw new Failure(`key file ${path}: expected 64 hex digits, got ${text.length} characters that are not`);
  const key = signingKey(crypto, secret);
  if (!key.ok)
    throw new Failure(`key file ${path}: expected a secp256k1 private key, got a number that is none`);
  return key.value;
}
