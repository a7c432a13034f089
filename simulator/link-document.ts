import { addressText } from '../firmware/attest/address';
import type { SigningKey } from '../firmware/attest/device-key';
import { type Registry, SigningDomain } from '../firmware/attest/signing-domain';
import { toHex } from '../firmware/bytes';
import type { LinkOffer } from '../firmware/directives/link';
import type { Crypto } from '../firmware/host';
import { signDirective } from './directive';

/** Which M3ter a meter is to be, and whom it is to obey. */
export interface NewLink extends Registry {
  readonly m3terId: bigint;
  readonly operator: Uint8Array;
  readonly registrar?: Uint8Array;
  /** Of the roles: 1, or above that of before where the meter was reset */
  readonly version?: number;
}

/** What a new meter is to be told, with roles signed by the owner whose key this is. */
export function makeLinkOffer(crypto: Crypto, owner: SigningKey, link: NewLink): LinkOffer {
  const { chainId, registry, m3terId, operator, registrar, version = 1 } = link;
  const message = { m3terId, version, owner: owner.address, operator };
  const { payload } = signDirective(new SigningDomain(crypto, link), owner, 'roles', message);
  return { chainId, registry, m3terId, roles: payload, ...(registrar !== undefined && { registrar }) };
}

/** An offer as a file, which a person carries to the meter: `parseProvisioning` of hosts/ reads it. */
export function linkDocument(crypto: Crypto, offer: LinkOffer): string {
  return `${JSON.stringify(linkFields(crypto, offer), null, 2)}\n`;
}

/** An offer as the fields of such a file. */
export function linkFields(
  crypto: Crypto,
  { chainId, registry, m3terId, roles, registrar }: LinkOffer,
): object {
  return {
    chainId,
    registry: addressText(crypto, registry),
    m3terId: m3terId.toString(),
    roles: toHex(roles),
    ...(registrar !== undefined && { registrar: addressText(crypto, registrar) }),
  };
}
