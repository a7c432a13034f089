import { decodeEnvelope } from '../attest/envelope';
import { ROLES } from '../attest/signed-types';
import { SigningDomain } from '../attest/signing-domain';
import type { Crypto } from '../host';
import type { LinkSetting, RolesSetting } from '../ledger/state';
import { failure, type Result, success } from '../result';
import { type Refusal, verifyDirective } from './verify';

/**
 * What a new meter is told by hand, as over a serial line: which M3ter it is, and whom it obeys. It cannot learn that
 * from the network, which it has no reason to trust yet.
 */
export interface LinkOffer extends LinkSetting {
  /** Envelope of `Roles`, signed by the very owner that it names: nobody is made an owner unasked. */
  readonly roles: Uint8Array;
  /** Address of 20 bytes: who else may say whose the meter is, and reset it. Absent: nobody */
  readonly registrar?: Uint8Array;
}

/**
 * The roles that a link offer gives, if their owner signed them for this registry, chain and M3ter.
 * @param former version of the roles that the meter had before; `stale` are those that are no later. -1: none
 */
export function verifyLink(
  crypto: Crypto,
  offer: LinkOffer,
  former = -1,
): Result<RolesSetting, Refusal | 'stale'> {
  const claim = decodeEnvelope(ROLES, offer.roles);
  if (!claim.ok) return failure('malformed');
  const { version, owner, operator } = claim.value.message;
  const authority = { domain: new SigningDomain(crypto, offer), m3terId: offer.m3terId, owner, operator };
  const verified = verifyDirective(authority, 'roles', offer.roles, () => version > former);
  return verified.ok ? success({ version, owner, operator }) : verified;
}
