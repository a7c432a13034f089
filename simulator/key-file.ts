import { type SigningKey, signingKey } from '../firmware/attest/device-key';
import { fromHex } from '../firmware/bytes';
import type { Crypto } from '../firmware/host';
import { readTextFile } from './cli/files';
import { Failure } from './errors';

const KEY = /^(0x)?[0-9a-fA-F]{64}$/;

/**
 * The key in a text file of 64 hex digits, with or without `0x`.
 * @throws Failure, which never tells what is in the file, when it cannot be read or holds no private key.
 */
export function readKeyFile(crypto: Crypto, path: string): SigningKey {
  if (KEY.test(path)) throw new Failure('key file: expected the name of a file, got 64 hex digits');
  return parseKey(crypto, `key file ${path}`, readTextFile('key file', path));
}

/** The same in an environment variable; undefined where it is not set. @throws Failure, which never tells what is in it */
export function readKeyVariable(crypto: Crypto, name: string): SigningKey | undefined {
  const text = process.env[name];
  return text === undefined || text === '' ? undefined : parseKey(crypto, name, text);
}

function parseKey(crypto: Crypto, place: string, content: string): SigningKey {
  const text = content.trim();
  const secret = KEY.test(text) ? fromHex(text) : undefined;
  if (secret === undefined)
    throw new Failure(`${place}: expected 64 hex digits, got ${text.length} characters that are not`);
  const key = signingKey(crypto, secret);
  if (!key.ok) throw new Failure(`${place}: expected a secp256k1 private key, got a number that is none`);
  return key.value;
}
