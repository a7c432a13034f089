import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { renderUnicodeCompact } from 'uqr';
import { addressText } from '../../firmware/attest/address';
import { signingKey } from '../../firmware/attest/device-key';
import { createCrypto } from '../../hosts/node/crypto';
import { FileSecretStore } from '../../hosts/node/secrets';
import { Failure } from '../errors';
import { type Print, printLine } from './print';

/** `m3ter address`: the address of the meter whose state is in a directory, for the registry. */
export function addressCommand(print: Print = printLine): Command {
  return new Command('address')
    .description("Print a meter's address, as text and as a QR code.")
    .requiredOption('--state <dir>', "the meter's state directory")
    .option('--text', 'as text only')
    .action(({ state, text }: { readonly state: string; readonly text?: true }) => {
      const crypto = createCrypto();
      const address = addressText(crypto, readAddress(state));
      print(text ? address : `${address}\n${qrCode(address)}`);
    });
}

/** @throws Failure when there is no meter that has made its secret, or it is damaged */
function readAddress(state: string): Uint8Array {
  const path = join(state, 'seed');
  if (!existsSync(path))
    throw new Failure(`${path}: expected the secret of a meter that was started, got none`);
  const crypto = createCrypto();
  let seed: Uint8Array;
  try {
    seed = new FileSecretStore(path, crypto.random).seed();
  } catch (error) {
    throw new Failure((error as Error).message);
  }
  const key = signingKey(crypto, seed);
  if (!key.ok) throw new Failure(`${path}: expected a usable secret, got ${key.fault}`);
  return key.value.address;
}

/**
 * A QR code for a terminal of light text on dark. It holds the bare address with its checksum, which wallets and plain
 * readers take alike: a URI of EIP-681 would ask a wallet to send ether to a device that can never spend it.
 */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { ecc: 'M', border: 2 });
}
