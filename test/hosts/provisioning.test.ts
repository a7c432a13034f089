import { rootCertificates } from 'node:tls';
import test from 'ava';
import fc from 'fast-check';
import { addressText } from '../../firmware/attest/address';
import { parseProvisioning } from '../../hosts/provisioning';
import { linkDocument, makeLinkOffer } from '../../simulator/link-document';
import { crypto, key, REGISTRY } from '../support/messages';

const OFFER = makeLinkOffer(crypto, key(1), {
  chainId: 100,
  registry: REGISTRY,
  m3terId: 2n ** 255n + 1n,
  operator: key(2).address,
});
const TEXT = linkDocument(crypto, OFFER);

const CA = (rootCertificates[0] as string).trim().split('\n');
const WHOLE = {
  registrar: addressText(crypto, key(3).address),
  broker: { url: 'mqtts://broker.example', ca: CA, keyHash: '0a'.repeat(32) },
  wifi: { ssid: 'Maison Diallo', password: 'correct horse battery' },
  location: { latitude: 6.5244, longitude: 3.3792, utcOffset: 60 },
};

function changed(changes: object): string {
  return JSON.stringify({ ...JSON.parse(TEXT), ...changes });
}

test('the document that the command line writes is read as the offer it was made of', t => {
  t.deepEqual(parseProvisioning(crypto, TEXT), { ok: true, value: { offer: OFFER } });
  t.deepEqual(parseProvisioning(crypto, `\r\n ${TEXT.replaceAll('\n', '\r\n')}`), {
    ok: true,
    value: { offer: OFFER },
  });
});

test('a whole document says also who registers, where the broker is, and which network and place it is', t => {
  t.deepEqual(parseProvisioning(crypto, changed(WHOLE)), {
    ok: true,
    value: {
      offer: { ...OFFER, registrar: key(3).address },
      broker: {
        ...{ host: 'broker.example', port: 8883 },
        tls: { keyHash: '0a'.repeat(32), authority: `${CA.join('\n')}\n` },
      },
      wifi: WHOLE.wifi,
      location: WHOLE.location,
    },
  });
  const parsed = parseProvisioning(crypto, changed({ broker: { url: 'mqtt://10.0.0.1:1884' } }));
  t.like(parsed, { value: { broker: { host: '10.0.0.1', port: 1884 } } });
});

test('what is no such document is refused by one line that says what was expected and what came', t => {
  const form = 'document: expected one JSON object of at most 4096 characters, got';
  const known = 'chainId, registry, m3terId, roles, registrar, broker, wifi, location';
  const cases: [string, string | RegExp][] = [
    ['', `${form} 0 characters`],
    ['hello', `${form} 5 characters`],
    ['"{}"', `${form} 4 characters`],
    ['[]', `${form} 2 characters`],
    ['{', `${form} 1 characters`],
    [changed({ roles: {} }), 'roles: expected a text of hex digits, got {}'],
    [
      changed({ roles: 'a'.repeat(4096) }),
      `${form} ${changed({ roles: 'a'.repeat(4096) }).length} characters`,
    ],
    [changed({ more: 1 }), `document: expected ${known} and no more, got "more"`],
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
    [changed({ registrar: '0x12' }), 'registrar: expected an address, got "0x12"'],
    [changed({ registrar: null }), 'registrar: expected an address, got null'],
    [changed({ broker: 'mqtt://a' }), 'broker: expected an object, got "mqtt://a"'],
    [changed({ broker: {} }), 'broker.url: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], got nothing'],
    [
      changed({ broker: { url: 'http://a' } }),
      'broker.url: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], got "http://a"',
    ],
    [changed({ broker: { url: 'mqtts://a' } }), 'broker: expected ca or keyHash with mqtts, got nothing'],
    [
      changed({ broker: { url: 'mqtt://a', keyHash: '00' } }),
      'broker.url: expected mqtts with ca or keyHash, got "mqtt://a"',
    ],
    [
      changed({ broker: { url: 'mqtts://a', keyHash: '00' } }),
      'broker.keyHash: expected 64 hex digits in lower case, got "00"',
    ],
    [
      changed({ broker: { url: 'mqtts://a', ca: 'none' } }),
      'certificate: expected -----BEGIN CERTIFICATE-----, got another first line',
    ],
    [
      changed({ broker: { url: 'mqtts://a', ca: [...CA.slice(0, 5), ...CA.slice(6)] } }),
      /^certificate: expected \d+ bytes of DER, got \d+$/,
    ],
    [
      changed({ broker: { url: 'mqtt://a', port: 1 } }),
      'broker: expected url, ca, keyHash and no more, got "port"',
    ],
    [changed({ wifi: { ssid: 'a', password: 'secret' } }), 'wifi.password: expected 8 to 63 bytes, got 6'],
    [changed({ wifi: 'secret' }), 'wifi: expected an object, got something else'],
    [
      changed({ location: { latitude: 91, longitude: 0, utcOffset: 0 } }),
      'location.latitude: expected -90 to 90, got 91',
    ],
    [
      changed({ location: { latitude: 0, longitude: 0 } }),
      'location.utcOffset: expected -720 to 840, got nothing',
    ],
    [
      changed({ location: { latitude: 0, longitude: 0, utcOffset: 0.5 } }),
      'location.utcOffset: expected -720 to 840, got 0.5',
    ],
    [
      changed({ location: { latitude: 0, longitude: 0, utcOffset: 0, height: 1 } }),
      'location: expected latitude, longitude, utcOffset, got "height"',
    ],
    [changed({ chainId: 1 }), "roles: expected the owner's signature, got wrong-signer"],
    [changed({ m3terId: '8' }), "roles: expected the owner's signature, got wrong-meter"],
    [changed({ m3terId: '9'.repeat(78) }), "roles: expected the owner's signature, got wrong-meter"],
  ];
  for (const [text, expected] of cases) {
    const parsed = parseProvisioning(crypto, text);
    const fault = parsed.ok ? 'taken' : parsed.fault;
    if (typeof expected === 'string') t.is(fault, expected);
    else t.regex(fault, expected);
  }
});

test('nesting never reaches a parser that recurses', t => {
  for (const opening of ['{"a":', '[', '{"a":[', ' {"roles":"x", "y": [']) {
    const parsed = parseProvisioning(crypto, opening.repeat(10));
    t.like(parsed, { ok: false });
    t.regex(parsed.ok ? '' : parsed.fault, /^(document|roles|chainId): expected /);
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
      const parsed = parseProvisioning(crypto, text);
      return parsed.ok || (parsed.fault.length < 200 && !parsed.fault.includes('\n'));
    }),
    { numRuns: 300 },
  );
  t.pass();
});
