import { X509Certificate } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { isNamed } from '../../../hosts/esp32/tls-name';
import { certificateOf } from '../../../hosts/esp32/tls-pem';
import { makeAuthority } from '../../support/mosquitto';

const pemOf = (bytes: Uint8Array, wrap = /(.{64})/g) =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes).toString('base64').replace(wrap, '$1\n')}\n-----END CERTIFICATE-----\n`;

test('the first certificate of a PEM is found, whatever stands around it', t => {
  const pem = makeAuthority();
  const der = new Uint8Array(new X509Certificate(pem).raw);
  t.deepEqual(certificateOf(pem), der);
  t.deepEqual(certificateOf(`subject: somebody\r\n${pem.replaceAll('\n', '\r\n')}${pem}`), der);
});

test('any bytes survive their PEM', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), bytes => {
      const read = certificateOf(pemOf(bytes));
      return read !== undefined && Buffer.from(bytes).equals(read);
    }),
  );
  t.pass();
});

test('what is no PEM is none', t => {
  const broken = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
  for (const text of ['', 'no PEM', broken(''), broken('abc'), broken('a!cd'), broken('=abc')])
    t.is(certificateOf(text), undefined, text);
  t.is(certificateOf(broken('abcd').slice(0, -5)), undefined);
  fc.assert(fc.property(fc.string(), text => certificateOf(text) === undefined));
});

test('a name is the whole name, in letters of either case; an asterisk is one label', t => {
  const dns = (value: string) => ({ tag: 2, value });
  t.true(isNamed([dns('other'), dns('Broker.Example')], 'broker.EXAMPLE'));
  t.true(isNamed([dns('*.example')], 'broker.example'));
  for (const name of [
    'example',
    'broker.example.org',
    '*.org',
    '*',
    '*.broker.example',
    'b*.example',
    '**.example',
    '',
  ])
    t.false(isNamed([dns(name)], 'broker.example'), name);
  t.false(isNamed([dns('*.example')], 'a.broker.example'));
  t.false(isNamed([dns('*.example')], '.example'));
  t.false(isNamed([{ tag: 1, value: 'broker.example' }], 'broker.example'), 'an address for mail');
  t.false(isNamed([], 'broker.example'));
});

test('an address is named by its bytes', t => {
  const address = { tag: 7, value: Uint8Array.of(10, 0, 0, 1).buffer };
  t.true(isNamed([address], '10.0.0.1'));
  t.false(isNamed([address], '10.0.0.2'));
  t.false(isNamed([{ tag: 7, value: new ArrayBuffer(16) }], '0.0.0.0'));
});
