import test from 'ava';
import { CIPHER_SUITES, HandshakeWatch } from '../../../hosts/esp32/tls-handshake';

const message = (type: number, body: readonly number[]) => [
  type,
  0,
  body.length >> 8,
  body.length & 255,
  ...body,
];
const record = (type: number, content: readonly number[]) =>
  Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 255, ...content);
const handshake = (...messages: readonly (readonly number[])[]) => record(22, messages.flat());

const zeros = (count: number): number[] => new Array<number>(count).fill(0);
const hello = (suite: readonly number[], session = 32) =>
  message(2, [3, 3, ...zeros(32), session, ...zeros(session), ...suite, 0]);
const [SUITE = { value: [0, 0] }] = CIPHER_SUITES;
const HELLO = hello(SUITE.value);
const CERTIFICATE = message(11, [0, 0, 0]);
const key = (hash: number, signature: number, curve = 3) =>
  message(12, [curve, 0, 23, 4, 9, 9, 9, 9, hash, signature, 0, 1, 5]);
const KEY = key(4, 1);
const REQUEST = message(13, [1, 64, 0, 0]);
const DONE = message(14, []);
const CHANGE = record(20, [1]);

function check(...records: readonly Uint8Array[]): HandshakeWatch {
  const watch = new HandshakeWatch();
  for (const each of records) watch.check(each);
  return watch;
}

test('a full handshake passes, in one record or in many, with a request for a certificate or without', t => {
  const watch = check(handshake(HELLO), handshake(CERTIFICATE, KEY), handshake(DONE));
  t.false(watch.isOver);
  watch.check(CHANGE);
  t.true(watch.isOver);
  t.true(check(handshake(HELLO, CERTIFICATE, key(4, 3), REQUEST, DONE), CHANGE).isOver);
  t.true(check(handshake(hello(SUITE.value, 0), CERTIFICATE, KEY, DONE), CHANGE).isOver);
});

test('nothing may be left out, repeated or out of order', t => {
  const whole = [HELLO, CERTIFICATE, KEY, DONE];
  for (let left = 0; left < whole.length; left++) {
    const rest = whole.filter((_, k) => k !== left);
    t.throws(() => check(handshake(...rest), CHANGE), { message: /^TLS: expected message \d+, got none$/ });
  }
  t.throws(() => check(CHANGE), { message: 'TLS: expected message 2, got none' });
  t.throws(() => check(handshake(HELLO, HELLO)), { message: 'TLS: expected what comes next, got message 2' });
  t.throws(() => check(handshake(HELLO, KEY, CERTIFICATE)), {
    message: 'TLS: expected what comes next, got message 11',
  });
});

test('no data, no finish and nothing unheard of before the server encrypts', t => {
  t.throws(() => check(handshake(HELLO), record(23, [1])), {
    message: 'TLS: expected a handshake, got a record of type 23',
  });
  for (const type of [0, 1, 4, 16, 20, 99])
    t.throws(() => check(handshake(HELLO, message(type, []))), {
      message: `TLS: expected what comes next, got message ${type}`,
    });
});

test('a key that is not signed, or by what was not offered, does not pass', t => {
  for (const [hash, signature] of [
    [0, 0],
    [4, 0],
    [0, 1],
    [2, 1],
    [4, 2],
  ] as const)
    t.throws(() => check(handshake(HELLO, CERTIFICATE, key(hash, signature))), {
      message: 'TLS: expected a key signed with SHA-256, got another',
    });
  t.throws(() => check(handshake(HELLO, CERTIFICATE, key(4, 1, 1))), { message: /signed/ });
  t.throws(() => check(handshake(HELLO, CERTIFICATE, message(12, []))), { message: /signed/ });
});

test('a suite that was not offered does not pass', t => {
  for (const suite of [[0, 0x2f], [0xc0, 0x27], [0, 0], []])
    t.throws(() => check(handshake(hello(suite))), {
      message: 'TLS: expected a cipher suite that was offered, got another',
    });
});

test('a message that does not end in its record does not pass, and an alert is the session’s affair', t => {
  t.throws(() => check(record(22, HELLO.slice(0, 20))), {
    message: 'TLS: expected whole messages, got a part of one',
  });
  t.false(check(record(21, [1, 0])).isOver);
});
