import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addressText } from '../../firmware/attest/address';
import { equal } from '../../firmware/bytes';
import { type LinkOffer, verifyLink } from '../../firmware/directives/link';
import type { Crypto } from '../../firmware/host';
import { Ledger } from '../../firmware/ledger/ledger';
import type { Settings } from '../../firmware/ledger/state';
import { Failure } from '../errors';
import { FlashCopy } from '../report/flash-copy';

/**
 * Refuses what the meter of a state directory would not take, or pass over, because it is linked. The meter may be running.
 * To the M3ter that it is, with the masters that it has, it may be told again: a new broker comes that way.
 * @throws Failure that says to whom it is linked
 */
export function assertLinkable(crypto: Crypto, directory: string, offer: LinkOffer): void {
  const path = join(directory, 'ledger.flash');
  if (!existsSync(path)) return;
  const ledger = Ledger.open(new FlashCopy(path));
  // What is wrong with it the meter says itself.
  if (!ledger.ok || ledger.value.settings.link === undefined) return;
  const { link, roles } = ledger.value.settings;
  if (isSame(crypto, ledger.value.settings, offer)) return;
  const owner = roles && `, of owner ${addressText(crypto, roles.owner)}`;
  throw new Failure(
    `${directory}: expected a meter that is not linked, got M3ter ${link.m3terId} on chain ${link.chainId}${owner ?? ''}: m3ter reset first, or m3ter roles for another owner or operator`,
  );
}

function isSame(crypto: Crypto, { link, roles, registrar }: Settings, offer: LinkOffer): boolean {
  if (link?.m3terId !== offer.m3terId || link.chainId !== offer.chainId) return false;
  const offered = verifyLink(crypto, offer);
  return (
    offered.ok &&
    roles !== undefined &&
    equal(link.registry, offer.registry) &&
    equal(roles.owner, offered.value.owner) &&
    equal(roles.operator, offered.value.operator) &&
    (offer.registrar === undefined || equal(registrar, offer.registrar))
  );
}
