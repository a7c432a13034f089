import { ZERO_ADDRESS } from './attest/address';
import type { KeyFault } from './attest/device-key';
import { equal } from './bytes';
import { type LinkOffer, verifyLink } from './directives/link';
import type { Refusal } from './directives/verify';
import type { Crypto } from './host';
import type { Ledger, LedgerFault } from './ledger/ledger';
import type { LinkSetting } from './ledger/state';
import { failure, type Result, success } from './result';

/**
 * `linked-already`: to another M3ter. Relinking takes a factory reset. `stale`: the roles are of a version that it had
 * before it was reset, or of an older one.
 */
export type LinkFault = Refusal | 'linked-already' | 'stale' | LedgerFault | KeyFault;

/**
 * Gives a meter its name and its masters, durably, if the owner that is named has signed for it.
 * @returns whether that is news: a meter that is told the same again changes nothing
 */
export function takeOwnership(crypto: Crypto, ledger: Ledger, offer: LinkOffer): Result<boolean, LinkFault> {
  const { link: present, roles: former } = ledger.settings;
  if (present !== undefined) return isSameM3ter(present, offer) ? success(false) : failure('linked-already');
  const roles = verifyLink(crypto, offer, former?.version);
  if (!roles.ok) return roles;
  const { chainId, registry, m3terId, registrar = ZERO_ADDRESS } = offer;
  const link = { chainId, registry, m3terId };
  return ledger.update({ link, roles: roles.value, registrar }) ? success(true) : failure('flash-failed');
}

function isSameM3ter(one: LinkSetting, other: LinkSetting): boolean {
  return (
    one.chainId === other.chainId && one.m3terId === other.m3terId && equal(one.registry, other.registry)
  );
}
