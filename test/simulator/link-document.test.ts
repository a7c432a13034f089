import test from 'ava';
import { verifyLink } from '../../firmware/directives/link';
import { parseProvisioning } from '../../hosts/provisioning';
import { linkDocument, makeLinkOffer } from '../../simulator/link-document';
import { crypto, key, REGISTRY } from '../support/messages';

const [owner, operator] = [key(1), key(2)];
const LINK = { chainId: 100, registry: REGISTRY, m3terId: 2n ** 255n + 1n };
const OFFER = makeLinkOffer(crypto, owner, { ...LINK, operator: operator.address });
const TEXT = linkDocument(crypto, OFFER);

test('a link document says which M3ter it is and whom it obeys', t => {
  const roles = { version: 1, owner: owner.address, operator: operator.address };
  t.deepEqual(parseProvisioning(crypto, TEXT), { ok: true, value: { offer: OFFER } });
  t.deepEqual(verifyLink(crypto, OFFER), { ok: true, value: roles });
});
