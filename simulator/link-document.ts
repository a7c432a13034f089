import { addressText } from '../firmware/attest/address';
import type { SigningKey } from '../firmware/attest/device-key';
import { type Registry, SigningDomain } from '../firmware/attest/signing-domain';
import { toHex } from '../firmware/bytes';
import type { LinkOffer } from '../firmware/directives/link';
import type { Crypto } from '../firmware/host';
import { signDirective } from './directive';

/** What a new meter is to be told: roles of version 1, signed by the owner whose key this is. */
export function makeLinkOffer(
  crypto: Crypto,
  owner: SigningKey,
  link: Registry & { readonly m3terId: bigint; readonly operator: Uint8Array },
): LinkOffer {
  const { chainId, registry, m3terId, operator } = link;
  const message = { m3terId, version: 1, owner: owner.address, operator };
  const { payload } = signDirective(new SigningDomain(crypto, link), owner, 'roles', message);
  return { chainId, registry, m3terId, roles: payload };
}

/** An offer as a file, which a person carries to the meter: `parseLinkDocument` of hosts/ reads it. */
export function linkDocument(crypto: Crypto, { chainId, registry, m3terId, roles }: LinkOffer): string {
  const document = {
    chainId,
    registry: addressText(crypto, registry),
    m3terId: m3terId.toString(),
    roles: toHex(roles),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
