import { isDeepStrictEqual } from 'node:util';
import { toHex } from '../../../firmware/bytes';
import { parseProvisioning } from '../../../hosts/provisioning';
import { linkDocument, makeLinkOffer } from '../../../simulator/link-document';
import { crypto } from '../../../test/support/messages';
import { expect } from '../breaches';
import { LINK, OPERATOR, OWNER } from '../desk-rig';
import { below, drawBytes, one } from '../draw';
import { mutate } from '../mutate';
import type { Target } from '../target';

/** Values that a field of a document should not have. */
const ODD = [
  ...['null', 'true', '-1', '0.5', '1e400', '9007199254740993', '""', '"0x"', '"7 "', '[]', '[[', '{', '{}'],
  ...['"\\u0000"', '"__proto__"', '"٣"', '"-1"', `"${'9'.repeat(78)}"`, '"0x10"', '1e2'],
];
const NAMES = ['chainId', 'registry', 'm3terId', 'roles', '__proto__', 'constructor', 'toString', ''];
const LONGEST = 2200;

/** The link document that a person brings. An input is the text in UTF-8, which need not be any. */
export function documentTarget(): Target {
  const offer = makeLinkOffer(crypto, OWNER, { ...LINK, operator: OPERATOR.address });
  const text = linkDocument(crypto, offer);
  const right = Buffer.from(text);
  const other = Buffer.from(
    linkDocument(crypto, makeLinkOffer(crypto, OPERATOR, { ...LINK, chainId: 1, operator: OWNER.address })),
  );
  const fields = Object.entries(JSON.parse(text)).map(([name, value]) => [name, JSON.stringify(value)]);

  return {
    draw(prng) {
      const way = below(prng, 10);
      if (way === 0) return drawBytes(prng, LONGEST);
      if (way < 4) return mutate(prng, right, [right, other]);
      if (way < 7)
        return Buffer.from(text.replace(toHex(offer.roles), toHex(mutate(prng, offer.roles, [offer.roles]))));
      // the same document with fields changed, left out or added
      const pairs = fields.map(([name, value]) => {
        const isName = below(prng, 20) > 0;
        return `"${isName ? name : one(prng, NAMES)}":${below(prng, 6) > 0 ? value : one(prng, ODD)}`;
      });
      if (below(prng, 12) === 0) pairs.length = below(prng, 4);
      if (below(prng, 6) === 0) pairs.push(`"${one(prng, NAMES)}":${one(prng, ODD)}`);
      return Buffer.from(`{${pairs.join()}}`);
    },

    take(input) {
      const parsed = parseProvisioning(crypto, new TextDecoder().decode(input));
      if (parsed.ok)
        expect(isDeepStrictEqual(parsed.value, { offer }), 'accepted', 'an offer that nobody made');
      else expect(!parsed.fault.includes('\n') && parsed.fault.length < 300, 'misread', 'more than one line');
    },
  };
}
