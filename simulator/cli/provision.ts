import { Command, InvalidArgumentError } from 'commander';
import type { LinkOffer } from '../../firmware/directives/link';
import { createCrypto } from '../../hosts/node/crypto';
import { parseProvisioning } from '../../hosts/provisioning';
import { UsageError } from '../errors';
import { readKeyFile } from '../key-file';
import { linkFields, makeLinkOffer } from '../link-document';
import { assertLinkable } from './assert-linkable';
import { type Destination, deliverDocument, destinationOptions } from './destination';
import { readTextFile } from './files';
import {
  addressOption,
  brokerOption,
  chainIdOption,
  m3terIdOption,
  utcOffsetOption,
  versionOption,
} from './options';
import { type Print, printLine } from './print';

interface ProvisionOptions extends Destination {
  readonly key: string;
  readonly m3terId: bigint;
  readonly chainId: number;
  readonly registry: Uint8Array;
  readonly operator?: Uint8Array;
  readonly registrar?: Uint8Array;
  readonly rolesVersion: number;
  readonly broker?: string;
  readonly ca?: string;
  readonly keyHash?: string;
  readonly wifi?: string;
  readonly wifiPassword?: string;
  readonly location?: Place;
  readonly utcOffset: number;
}

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** `m3ter provision`: makes all that a new meter is to be told by hand, and brings it there. */
export function provisionCommand(print: Print = printLine): Command {
  const command = new Command('provision')
    .description('Tell a new meter who it is, whom it obeys, and how to reach its broker.')
    .requiredOption('--key <file>', "the owner's private key: a file of 64 hex digits")
    .requiredOption('--m3ter-id <n>', 'which M3ter it is: the token id', m3terIdOption)
    .requiredOption('--chain-id <n>', 'the chain that the registry is on', chainIdOption)
    .requiredOption('--registry <address>', 'the M3ter contract', addressOption)
    .option('--operator <address>', 'who may sell energy to it (default: the owner)', addressOption)
    .option(
      '--registrar <address>',
      'who else may hand it over and reset it (default: nobody)',
      addressOption,
    )
    .option('--roles-version <n>', 'above that of before, for a meter that was reset', versionOption, 1)
    .option('--broker <url>', 'where it reports to, mqtt://HOST[:PORT] or mqtts://HOST[:PORT]', brokerOption)
    .option('--ca <file>', 'PEM of the only authority to trust for mqtts')
    .option('--key-hash <hex>', "for mqtts: SHA-256 of the public key of the broker's certificate")
    .option('--wifi <ssid>', 'the network that it joins')
    .option('--wifi-password <file>', 'a file with its password (default: an open network)')
    .option('--location <lat,lon>', 'where it hangs, in degrees', place)
    .option('--utc-offset <offset>', 'of the time there, as +01:00', utcOffsetOption, 0);
  return destinationOptions(command).action(async (options: ProvisionOptions) => {
    const { text, offer } = documentOf(options);
    const { m3terId, chainId, state } = options;
    if (state !== undefined) assertLinkable(createCrypto(), state, offer);
    await deliverDocument(options, text, `M3ter ${m3terId} on chain ${chainId}`, print);
  });
}

/** @throws UsageError when the meter would not take it */
function documentOf(options: ProvisionOptions): { readonly text: string; readonly offer: LinkOffer } {
  const crypto = createCrypto();
  const owner = readKeyFile(crypto, options.key);
  const { chainId, registry, m3terId, operator = owner.address, registrar, rolesVersion } = options;
  const offer = makeLinkOffer(crypto, owner, {
    ...{ chainId, registry, m3terId, operator, version: rolesVersion },
    ...(registrar !== undefined && { registrar }),
  });
  const { location, utcOffset } = options;
  const fields = {
    ...linkFields(crypto, offer),
    broker: brokerFields(options),
    wifi: wifiFields(options),
    location: location && { ...location, utcOffset },
  };
  const text = `${JSON.stringify(fields, null, 1)}\n`;
  const read = parseProvisioning(crypto, text);
  if (!read.ok) throw new UsageError(read.fault);
  return { text, offer };
}

function brokerFields({ broker, ca, keyHash }: ProvisionOptions): object | undefined {
  if (broker === undefined && (ca !== undefined || keyHash !== undefined))
    throw new UsageError('expected --broker that --ca or --key-hash is for, got none');
  // By lines: a console takes no long ones.
  const lines = ca && readTextFile('authority', ca).trim().split(/\r?\n/);
  return broker === undefined ? undefined : { url: broker, ca: lines, keyHash };
}

function wifiFields({ wifi, wifiPassword }: ProvisionOptions): object | undefined {
  if (wifi === undefined && wifiPassword !== undefined)
    throw new UsageError('expected --wifi that --wifi-password is for, got none');
  const password = wifiPassword && readTextFile('password', wifiPassword).replace(/\r?\n$/, '');
  return wifi === undefined ? undefined : { ssid: wifi, password };
}

function place(text: string): Place {
  const [latitude = Number.NaN, longitude = Number.NaN, ...rest] = text.split(',').map(Number);
  if (Number.isNaN(latitude + longitude) || rest.length > 0)
    throw new InvalidArgumentError('Expected degrees like 6.52,3.38.');
  return { latitude, longitude };
}
