import test from 'ava';
import { verifyLink } from '../../firmware/directives/link';
import { linkDocument, makeLinkOffer, parseLinkDocument } from '../../simulator/link-document';
import { crypto, key, REGISTRY } from '../support/messages';

const [owner, operator] = [key(1), key(2)];
const LINK = { chainId: 100, registry: REGISTRY, m3terId: 2n ** 255n + 1n };
const OFFER = makeLinkOffer(crypto, owner, { ...LINK, operator: operator.address });
const TEXT = linkDocument(crypto, OFFER);

function changed(changes: object): string {
  return JSON.stringify({ ...JSON.parse(TEXT), ...changes });
}

test('a link document says which M3ter it is and whom it obeys', t => {
  const roles = { version: 1, owner: owner.address, operator: operator.address };
  t.deepEqual(parseLinkDocument(crypto, TEXT, 'link.json'), OFFER);
  t.deepEqual(verifyLink(crypto, OFFER), { ok: true, value: roles });
});

test('a link document that does not hold together is refused by a line that says what was expected', t => {
  const signed = 'link.json: expected roles signed by the owner they name, got';
  const cases: [string, string][] = [
    [
      'no json',
      'link.json: expected a link document, got document: Invalid input: expected object, received undefined',
    ],
    [
      changed({ chainId: '100' }),
      'link.json: expected a link document, got chainId: Invalid input: expected number, received string',
    ],
    [
      changed({ m3terId: 'x' }),
      'link.json: expected a link document, got m3terId: expected a token id in decimal',
    ],
    [changed({ more: 1 }), 'link.json: expected a link document, got document: Unrecognized key: "more"'],
    [changed({ registry: '0x12' }), 'link.json: expected registry to be an address, got 0x12'],
    [changed({ m3terId: '8' }), `${signed} wrong-meter`],
    [changed({ chainId: 1 }), `${signed} wrong-signer`],
    [changed({ roles: 'a0' }), `${signed} malformed`],
    [changed({ roles: 'no hex' }), `${signed} malformed`],
  ];
  for (const [text, message] of cases)
    t.throws(() => parseLinkDocument(crypto, text, 'link.json'), { message });
});

test('an m3terId beyond 256 bits is refused like any other', t => {
  t.throws(() => parseLinkDocument(crypto, changed({ m3terId: '9'.repeat(78) }), 'link.json'), {
    message: /got wrong-meter$/,
  });
});
