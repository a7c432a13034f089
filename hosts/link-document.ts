import { parseAddress } from '../firmware/attest/address';
import { fromHex } from '../firmware/bytes';
import { type LinkOffer, verifyLink } from '../firmware/directives/link';
import type { Crypto } from '../firmware/host';
import { failure, type Result, success } from '../firmware/result';
import { refusal } from './esp32/settings-text';

/** The name of the provisioning document in the state directory of a meter that has one. */
export const LINK_FILE = 'link.json';

/** The fields of a provisioning document that say which M3ter a meter is, and whom it obeys. */
export const LINK_FIELDS: readonly string[] = ['chainId', 'registry', 'm3terId', 'roles', 'registrar'];

/** Checks them, and that the owner has signed the roles. The fault is one line: what was expected, and what came. */
export function checkLink(
  crypto: Crypto,
  fields: Readonly<Record<string, unknown>>,
): Result<LinkOffer, string> {
  const { chainId, registry, m3terId, roles, registrar } = fields;
  if (!Number.isSafeInteger(chainId) || (chainId as number) < 1)
    return refusal('chainId', 'a positive integer', chainId);
  const contract = addressIn(crypto, registry);
  if (contract === undefined) return refusal('registry', 'an address', registry);
  if (typeof m3terId !== 'string' || !/^\d{1,78}$/.test(m3terId))
    return refusal('m3terId', 'a token id as a text of decimal digits', m3terId);
  const envelope = typeof roles === 'string' ? fromHex(roles) : undefined;
  if (envelope === undefined) return refusal('roles', 'a text of hex digits', roles);
  const registered = addressIn(crypto, registrar);
  if (registrar !== undefined && registered === undefined)
    return refusal('registrar', 'an address', registrar);
  const offer = {
    chainId: chainId as number,
    registry: contract,
    m3terId: BigInt(m3terId),
    roles: envelope,
    ...(registered !== undefined && { registrar: registered }),
  };
  const verified = verifyLink(crypto, offer);
  return verified.ok
    ? success(offer)
    : failure(`roles: expected the owner's signature, got ${verified.fault}`);
}

function addressIn(crypto: Crypto, value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? parseAddress(crypto, value) : undefined;
}
