import test from 'ava';
import fc from 'fast-check';
import { parseLinkDocument } from '../../hosts/link-document';
import { linkDocument, makeLinkOffer } from '../../simulator/link-document';
import { crypto, key, REGISTRY } from '../support/messages';

const OFFER = makeLinkOffer(crypto, key(1), {
  chainId: 100,
  registry: REGISTRY,
  m3terId: 2n ** 255n + 1n,
  operator: key(2).address,
});
const TEXT = linkDocument(crypto, OFFER);

function changed(changes: object): string {
  return JSON.stringify({ ...JSON.parse(TEXT), ...changes });
}

test('the document that the command line writes is read as the offer it was made of', t => {
  t.deepEqual(parseLinkDocument(crypto, TEXT), { ok: true, value: OFFER });
  t.deepEqual(parseLinkDocument(crypto, `\r\n ${TEXT.replaceAll('\n', '\r\n')}`), { ok: true, value: OFFER });
});

test('what is no such document is refused by one line that says what was expected and what came', t => {
  const form = 'link document: expected one JSON object with four fields, got';
  const cases: [string, string][] = [
    ['', `${form} ""`],
    ['hello', `${form} "hello"`],
    ['"{}"', `${form} "\\"{}\\""`],
    ['[]', `${form} "[]"`],
    ['{', `${form} "{"`],
    [changed({ roles: {} }), `${form} ${JSON.stringify(changed({ roles: {} })).slice(0, 60)}…`],
    [changed({ roles: 'a'.repeat(2048) }), `${form} ${JSON.stringify(changed({})).slice(0, 60)}…`],
    [
      changed({ more: 1 }),
      'link document: expected chainId, registry, m3terId, roles and no more, got "more"',
    ],
    ['{}', 'chainId: expected a positive integer, got nothing'],
    [changed({ chainId: '100' }), 'chainId: expected a positive integer, got "100"'],
    [changed({ chainId: 0 }), 'chainId: expected a positive integer, got 0'],
    [changed({ chainId: 1.5 }), 'chainId: expected a positive integer, got 1.5'],
    [changed({ registry: '0x12' }), 'registry: expected an address, got "0x12"'],
    [changed({ registry: null }), 'registry: expected an address, got null'],
    [changed({ m3terId: 7 }), 'm3terId: expected a token id as a text of decimal digits, got 7'],
    [changed({ m3terId: '-7' }), 'm3terId: expected a token id as a text of decimal digits, got "-7"'],
    [changed({ roles: 'no hex' }), 'roles: expected a text of hex digits, got "no hex"'],
    [changed({ roles: 'a0' }), "roles: expected the owner's signature, got malformed"],
    [changed({ chainId: 1 }), "roles: expected the owner's signature, got wrong-signer"],
    [changed({ m3terId: '8' }), "roles: expected the owner's signature, got wrong-meter"],
    [changed({ m3terId: '9'.repeat(78) }), "roles: expected the owner's signature, got wrong-meter"],
  ];
  for (const [text, fault] of cases) t.deepEqual(parseLinkDocument(crypto, text), { ok: false, fault });
});

test('nesting never reaches a parser that recurses', t => {
  for (const opening of ['{"a":', '[', '{"a":[', ' {"roles":"x", "y": [']) {
    const parsed = parseLinkDocument(crypto, opening.repeat(10));
    t.like(parsed, { ok: false });
    t.regex(parsed.ok ? '' : parsed.fault, /^link document: expected one JSON object/);
  }
});

test('no text, and no JSON, makes it throw, and its line stays one and short', t => {
  const strange = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .tuple(fc.constantFrom('chainId', 'registry', 'm3terId', 'roles', '__proto__'), fc.jsonValue())
      .map(([name, value]) => changed(Object.fromEntries([[name, value]]))),
    fc
      .tuple(fc.nat(TEXT.length), fc.string())
      .map(([at, part]) => TEXT.slice(0, at) + part + TEXT.slice(at + 1)),
  );
  fc.assert(
    fc.property(strange, text => {
      const parsed = parseLinkDocument(crypto, text);
      return parsed.ok || (parsed.fault.length < 200 && !parsed.fault.includes('\n'));
    }),
    { numRuns: 300 },
  );
  t.pass();
});
