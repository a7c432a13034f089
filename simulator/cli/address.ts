import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { renderUnicodeCompact } from 'uqr';
import { addressText } from '../../firmware/attest/address';
import { signingKey } from '../../firmware/attest/device-key';
import { ed25519Seed } from '../../firmware/attest/ed25519-seed';
import { toHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import { createCrypto } from '../../hosts/node/crypto';
import { FileSecretStore } from '../../hosts/node/secrets';
import { ed25519PublicKey } from '../ed25519';
import { Failure, UsageError } from '../errors';
import { readKeyFile } from '../key-file';
import { type Print, printLine } from './print';

interface AddressOptions {
  readonly state?: string;
  readonly key?: string;
  readonly text?: true;
}

/**
 * `m3ter address`: the address of the meter whose state is in a directory, for the registry; and the Ed25519 key that signs
 * its payloads of M3tering v2, for a registry that holds that one. Or the address of whoever has a key file.
 */
export function addressCommand(print: Print = printLine): Command {
  return new Command('address')
    .description("Print a meter's address, as text and as a QR code, and the key of its M3tering payloads.")
    .option('--state <dir>', "the meter's state directory")
    .option('--key <file>', "instead: an owner's, operator's or other person's key, 64 hex digits")
    .option('--text', 'the address as text only')
    .action((options: AddressOptions) => {
      const crypto = createCrypto();
      const { address: bytes, payloadKey } = identityOf(crypto, options);
      const address = addressText(crypto, bytes);
      if (options.text) return print(address);
      print(`${address}\n${qrCode(address)}`);
      if (payloadKey) print(`Ed25519 0x${toHex(payloadKey)}`);
    });
}

interface Identity {
  readonly address: Uint8Array;
  /** A meter's */
  readonly payloadKey?: Uint8Array;
}

/** @throws UsageError when there is not one of both, Failure when what is there is no key */
function identityOf(crypto: Crypto, { state, key }: AddressOptions): Identity {
  if (state !== undefined && key !== undefined)
    throw new UsageError('expected either --state DIR or --key FILE, got both');
  if (key !== undefined) return { address: readKeyFile(crypto, key).address };
  if (state === undefined) throw new UsageError('expected either --state DIR or --key FILE, got neither');
  const seed = readSeed(state);
  return { address: addressOf(state, seed), payloadKey: ed25519PublicKey(ed25519Seed(crypto, seed)) };
}

/** @throws Failure when there is no meter that has made its secret, or it is damaged */
function readSeed(state: string): Uint8Array {
  const path = join(state, 'seed');
  if (!existsSync(path))
    throw new Failure(
      `${path}: expected the secret of a meter that was started, got none: start it once by m3ter meter --state ${state}`,
    );
  try {
    return new FileSecretStore(path, createCrypto().random).seed();
  } catch (error) {
    throw new Failure((error as Error).message);
  }
}

/** @throws Failure when it is no secret of a meter */
function addressOf(state: string, seed: Uint8Array): Uint8Array {
  const key = signingKey(createCrypto(), seed);
  if (!key.ok) throw new Failure(`${join(state, 'seed')}: expected a usable secret, got ${key.fault}`);
  return key.value.address;
}

/**
 * A QR code for a terminal of light text on dark. It holds the bare address with its checksum, which wallets and plain
 * readers take alike: a URI of EIP-681 would ask a wallet to send ether to a device that can never spend it.
 */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'M', border: 2 });
}
