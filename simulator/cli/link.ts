import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addressText } from '../../firmware/attest/address';
import { ascii } from '../../firmware/bytes';
import { LINK_FILE } from '../../hosts/link-document';
import { writeFileAtomically } from '../../hosts/node/atomic-file';
import { createCrypto } from '../../hosts/node/crypto';
import { Failure } from '../errors';
import { readKeyFile } from '../key-file';
import { linkDocument, makeLinkOffer } from '../link-document';
import { assertLinkable } from './assert-linkable';
import { addressOption, chainIdOption, m3terIdOption } from './options';
import { type Print, printLine } from './print';

interface LinkOptions {
  readonly state: string;
  readonly key: string;
  readonly m3terId: bigint;
  readonly chainId: number;
  readonly registry: Uint8Array;
  readonly operator?: Uint8Array;
}

/** `m3ter link`: tells a new meter, by a file in its state directory, which M3ter it is and whom it obeys. */
export function linkCommand(print: Print = printLine): Command {
  return new Command('link')
    .description('Tell a new meter which M3ter it is and whom it obeys.')
    .requiredOption('--state <dir>', "the meter's state directory; made when it is not there")
    .requiredOption('--key <file>', "the owner's private key: a file of 64 hex digits")
    .requiredOption('--m3ter-id <n>', 'which M3ter it is: the token id', m3terIdOption)
    .requiredOption('--chain-id <n>', 'the chain that the registry is on', chainIdOption)
    .requiredOption('--registry <address>', 'the M3ter contract', addressOption)
    .option('--operator <address>', 'who may sell energy to it (default: the owner)', addressOption)
    .action((options: LinkOptions) => {
      const crypto = createCrypto();
      const owner = readKeyFile(crypto, options.key);
      const { chainId, registry, m3terId, operator = owner.address } = options;
      const offer = makeLinkOffer(crypto, owner, { chainId, registry, m3terId, operator });
      assertLinkable(crypto, options.state, offer);
      const path = join(options.state, LINK_FILE);
      write(path, options.state, linkDocument(crypto, offer));
      const [ownerText, operatorText] = [owner.address, operator].map(address =>
        addressText(crypto, address),
      );
      print(`${path}: M3ter ${m3terId} on chain ${chainId}, owner ${ownerText}, operator ${operatorText}`);
    });
}

function write(path: string, directory: string, document: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileAtomically(path, ascii(document), 0o644);
  } catch (error) {
    throw new Failure(`${path}: expected a writable file, got ${(error as NodeJS.ErrnoException).code}`);
  }
}
