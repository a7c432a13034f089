import test from 'ava';
import { readSettings, trusting } from '../../../hosts/desktop/settings';

const config = { broker: 'mqtt://localhost:1883', state: '/tmp/m3ter' };

test('a broker is told by its URL, and the directory ends in a separator', t => {
  t.deepEqual(readSettings(config), {
    ok: true,
    value: { broker: { host: 'localhost', port: 1883 }, state: '/tmp/m3ter/' },
  });
  const cases: [string, object][] = [
    ['mqtt://10.0.0.2', { host: '10.0.0.2', port: 1883 }],
    ['mqtts://broker.example', { host: 'broker.example', port: 8883, tls: {} }],
    ['mqtts://broker.example:443', { host: 'broker.example', port: 443, tls: {} }],
  ];
  for (const [broker, value] of cases)
    t.like(readSettings({ ...config, broker }), { ok: true, value: { broker: value } });
  for (const state of ['m/', 'C:\\m3ter\\']) t.like(readSettings({ ...config, state }), { value: { state } });
});

test('anything else is refused by one line', t => {
  for (const broker of [
    '',
    'localhost',
    'http://x',
    'mqtt://',
    'mqtt://x:0',
    'mqtt://x:65536',
    'mqtt://u@x',
    undefined,
  ])
    t.deepEqual(readSettings({ ...config, broker }), {
      ok: false,
      fault: `broker: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], got ${broker}`,
    });
  t.deepEqual(readSettings({ ...config, state: '' }), {
    ok: false,
    fault: 'state: expected a directory, got none',
  });
  t.deepEqual(readSettings({ ...config, state: 7 }), {
    ok: false,
    fault: 'state: expected a directory, got 7',
  });
});

test('a broker with TLS is trusted by the authority beside it, and not without', t => {
  const [plain, secure] = [
    { host: 'a', port: 1883 },
    { host: 'a', port: 8883, tls: {} },
  ];
  t.deepEqual(trusting(plain, 'PEM'), { ok: true, value: plain });
  t.deepEqual(trusting(secure, 'PEM'), { ok: true, value: { ...secure, tls: { authority: 'PEM' } } });
  t.deepEqual(trusting(secure, undefined), {
    ok: false,
    fault: "ca.pem: expected the authority of the broker's certificate, got no file",
  });
});
