import { rootCertificates } from 'node:tls';
import test from 'ava';
import fc from 'fast-check';
import { toHex } from '../../../firmware/bytes';
import { kilowattHours } from '../../../firmware/energy';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { LONGEST_LINE } from '../../../hosts/esp32/console-editor';
import { createCrypto } from '../../../hosts/node/crypto';
import { linkDocument } from '../../../simulator/link-document';
import { linkOffer, OWNER, STRANGER } from '../../support/meter-rig';
import { consoleRig } from './console-rig';

const CA = rootCertificates[0] as string;
const DOCUMENT = linkDocument(createCrypto(), linkOffer());
const CALIBRATION = { phases: [{ voltsPerCount: 0.2, ampsPerCount: 0.05 }] };

test('what is typed is echoed, can be taken back and given up, and arrow keys do nothing', async t => {
  const { terminal } = await consoleRig();
  t.is(terminal.type('statux\b\x7fs\x1b[D\x1bOA\x03'), 'statux\b \b\b \bs^C\r\n> ');
  t.is(terminal.type('\r'), '\r\n> ');
  t.is(terminal.type('\n'), '');
  t.is(terminal.type('\n'), '\r\n> ');
  t.is(terminal.type('é\b\b\r'), 'é\b \b\r\n> ');
});

test('help names every command, and an unknown one says so', async t => {
  const { terminal } = await consoleRig();
  const help = terminal.type('help\r');
  for (const name of [
    'status',
    'settings',
    'wifi',
    'broker',
    'ca',
    'link',
    'reset',
    'address',
    'calibration',
    'windows',
    'update',
    'restart',
  ])
    t.regex(help, new RegExp(`^  ${name} .*\\S$`, 'm'));
  for (const name of ['constructor', '__proto__', 'credit', 'relay', 'seed'])
    t.is(terminal.type(`${name}\r`), `${name}\r\n${name}: no such command; try help\r\n> `);
});

test('status tells all there is of a meter that supplies', async t => {
  const { terminal, rig } = await consoleRig();
  terminal.type(`link ${DOCUMENT.replaceAll('\n', '')}\r`);
  await rig.settle();
  await rig.credit(kilowattHours(12.3456789));
  rig.draw(460);
  const status = terminal.type('status\r');
  t.regex(status, /^address {2}0x[0-9a-fA-F]{40}\r$/m);
  for (const line of [
    'm3ter    7',
    'balance  12.345 kWh',
    'supply   on (supplied)',
    'phase 1  230.0 V  2.00 A  460 W  PF 1.00',
    'mains    50.00 Hz',
    'online   yes',
    'time     2027-01-15T08:00:',
    'restart  power',
    'memory   84320 bytes free',
  ])
    t.true(status.includes(`\r\n${line}`), line);
});

test('status shows no zero for a balance that could not be restored, and names the fault', async t => {
  const { terminal, rig } = await consoleRig({ time: null });
  rig.flash.ledger.write(0, new Uint8Array(rig.flash.ledger.size));
  rig.cutPower();
  const damaged = await consoleRig({ time: null, flash: rig.flash });
  const status = damaged.terminal.type('status\r');
  t.true(status.includes('balance  not restored'));
  t.regex(status, /supply {3}off \(fault: \w+\)/);
  t.true(status.includes('time     not known'));
  t.is(terminal.lost + damaged.terminal.lost, 0);
});

test('the link document is taken as it was written, pasted at full speed, and only from its owner', async t => {
  const { terminal, rig } = await consoleRig();
  const forged = DOCUMENT.replace(/"m3terId": "7"/, '"m3terId": "8"');
  t.regex(terminal.type(`link\r${forged}`), /roles: expected the owner's signature, got [a-z-]+\r\n> $/);
  t.is(rig.meter.m3terId, undefined);
  t.regex(terminal.type(`link\r${DOCUMENT}`), /linked to M3ter 7\r\n> $/);
  t.is(rig.meter.m3terId, 7n);
  const other = linkDocument(createCrypto(), linkOffer({ m3terId: 9n }));
  t.regex(terminal.type(`link ${other.trim()}\r`), /link: refused, linked-already\r\n> $/);
  t.is(terminal.lost, 0);
});

test('a whole provisioning document is kept whole, twice as well, and nothing of one that is wrong', async t => {
  const { terminal, rig, settings } = await consoleRig();
  const location = { latitude: 6.5, longitude: 3.4, utcOffset: 60 };
  const fields = {
    ...JSON.parse(DOCUMENT),
    broker: { url: 'mqtts://mqtt.example', ca: CA.trim().split('\n') },
    ...{ wifi: { ssid: 'home', password: 'Tr0ub4dor&3' }, location },
  };
  const wrong = { ...fields, location: { ...location, latitude: 100 } };
  const paste = (document: object) => terminal.type(`link\r${JSON.stringify(document, null, 1)}\r`);
  t.regex(paste(wrong), /location.latitude: expected -90 to 90, got 100\r\n> /);
  t.is(rig.meter.m3terId, undefined);
  for (const name of ['wifi', 'broker', 'location'] as const)
    t.deepEqual(settings.get(name), { ok: true, value: undefined });
  for (let k = 0; k < 2; k++)
    t.regex(paste(fields), /linked to M3ter 7\r\nwifi, broker, location saved; restart to use it\r\n> /);
  t.like(settings.get('wifi'), { value: { ssid: 'home', password: 'Tr0ub4dor&3' } });
  t.like(settings.get('broker'), { value: { host: 'mqtt.example', tls: { authority: `${CA.trim()}\n` } } });
  t.deepEqual(settings.get('location'), { ok: true, value: location });
  t.regex(terminal.type('settings\r'), /location {5}6.5, 3.4, UTC \+60 min\r\n/);
  const other = { ...fields, ...JSON.parse(linkDocument(createCrypto(), linkOffer({ m3terId: 9n }))) };
  t.regex(paste({ ...other, wifi: { ssid: 'evil' } }), /link: refused, linked-already\r\n> /);
  t.like(settings.get('wifi'), { value: { ssid: 'home' } });
  t.is(terminal.lost, 0);
});

test('the console of a linked meter that is not trusted only shows', async t => {
  const { terminal, rig, settings, restarts } = await consoleRig();
  terminal.type(`link\r${DOCUMENT}`);
  await rig.settle();
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, trustConsole: 0, sealed: 0 }, OWNER);
  for (const line of [
    'wifi home',
    'broker evil.example 1883',
    'ca off',
    'calibration off',
    'link {}',
    'restart',
  ])
    t.regex(
      terminal.type(`${line}\r`),
      /expected a console that the owner's policy trusts, got one that may only look\r\n> $/,
    );
  for (const name of ['wifi', 'broker'] as const)
    t.deepEqual(settings.get(name), { ok: true, value: undefined });
  rig.clock.advance(1000);
  t.is(restarts(), 0);
  t.regex(terminal.type('address\r'), /0x[0-9a-fA-F]{40}\r\n> $/);
  t.regex(terminal.type('status\r'), /m3ter {4}7\r/);
});

test('a reset at the console takes a signature of the owner', async t => {
  const { terminal, rig } = await consoleRig();
  terminal.type(`link\r${DOCUMENT}`);
  await rig.settle();
  const reset = (signer = OWNER) => toHex(rig.directive('reset', { version: 3 }, signer));
  t.regex(
    terminal.type('reset\r'),
    /reset: expected a signed FactoryReset in hex, got something else\r\n> $/,
  );
  t.regex(terminal.type(`reset ${reset(STRANGER)}\r`), /reset: refused, wrong-signer\r\n> $/);
  t.is(rig.meter.m3terId, 7n);
  t.regex(terminal.type(`reset ${reset()}\r`), /reset: linked to no M3ter\r\n> $/);
  t.is(rig.meter.m3terId, undefined);
  t.regex(terminal.type(`link\r${DOCUMENT}`), /link: refused, stale\r\n> $/);
});

test('a document that does not end can be given up, or ends where it is too long', async t => {
  const { terminal, rig } = await consoleRig();
  terminal.type('link\r{"chainId": 1,\r');
  t.is(terminal.type('\x03'), '^C\r\n> ');
  const endless = terminal.type(`link\r${'{ "a": 1,\r'.repeat(500)}`);
  t.true(endless.includes('answer: expected at most 4096 characters, got more; nothing was changed'));
  t.regex(terminal.type('\r'), /> $/);
  t.is(rig.meter.m3terId, undefined);
});

test('Wi-Fi is set with a password that is not echoed, or by a line, and set off', async t => {
  const { terminal, settings } = await consoleRig();
  const shown = terminal.type('wifi "my home"\rpass word 1\r');
  t.true(
    shown.endsWith('password (not shown, empty for an open network):\r\n\r\nsaved; restart to use it\r\n> '),
  );
  t.deepEqual(settings.get('wifi'), { ok: true, value: { ssid: 'my home', password: 'pass word 1' } });
  t.false(terminal.type('settings\r').includes('pass word'));
  terminal.type('wifi open-net\r\r');
  t.deepEqual(settings.get('wifi'), { ok: true, value: { ssid: 'open-net' } });
  terminal.type('wifi home secret-word\r');
  t.deepEqual(settings.get('wifi'), { ok: true, value: { ssid: 'home', password: 'secret-word' } });
  t.regex(terminal.type('wifi home short\r'), /wifi.password: expected 8 to 63 bytes, got 5\r\n> $/);
  t.regex(terminal.type('wifi a b c\r'), /wifi: expected SSID \[PASSWORD\] or off, got 3 words/);
  terminal.type('wifi off\r');
  t.deepEqual(settings.get('wifi'), { ok: true, value: undefined });
});

test('a broker is set, its authority is pasted, and both stay what they were when refused', async t => {
  const { terminal, settings } = await consoleRig();
  t.regex(terminal.type('ca\r'), /ca: expected a broker with tls, got none\r\n> $/);
  terminal.type('broker mqtt.example 8883 tls\r');
  t.regex(terminal.type(`ca\r${CA}\n`), /saved; restart to use it\r\n/);
  const tls = { authority: `${CA.trim()}\n` };
  t.deepEqual(settings.get('broker'), { ok: true, value: { host: 'mqtt.example', port: 8883, tls } });
  t.regex(terminal.type('settings\r'), /broker {7}mqtt.example 8883 tls, authority set/);
  t.regex(
    terminal.type(`ca\r${CA.slice(0, 700)}${CA.slice(704)}\n`),
    /certificate: expected \d+ bytes of DER, got \d+/,
  );
  t.regex(terminal.type('broker mqtt.example x\r'), /broker.port: expected 1 to 65535, got "x"/);
  t.deepEqual(settings.get('broker'), { ok: true, value: { host: 'mqtt.example', port: 8883, tls } });
  terminal.type('broker other.example 1884 tls\r');
  t.deepEqual(settings.get('broker'), { ok: true, value: { host: 'other.example', port: 1884, tls } });
  terminal.type('ca off\r');
  t.deepEqual(settings.get('broker'), { ok: true, value: { host: 'other.example', port: 1884, tls: {} } });
  terminal.type('broker 10.0.0.1 1883\r');
  t.deepEqual(settings.get('broker'), { ok: true, value: { host: '10.0.0.1', port: 1883 } });
  t.is(terminal.lost, 0);
});

test('a calibration can be told before the link, and after it when the owner has unsealed the meter', async t => {
  const { terminal, rig, settings } = await consoleRig();
  const text = JSON.stringify(CALIBRATION, null, 2);
  t.regex(terminal.type(`calibration\r${text}\n`), /saved; restart to use it/);
  const kept = settings.get('calibration');
  t.like(kept, { ok: true, value: { phases: [{ voltsPerCount: 0.2, ampsPerCount: 0.05 }] } });
  t.regex(terminal.type('calibration nonsense\r'), /calibration.phases: expected a list of 1, got nothing/);
  terminal.type(`link\r${DOCUMENT}`);
  const less = { phases: [{ voltsPerCount: 0.2, ampsPerCount: 0.01 }] };
  const refused = /calibration: expected a meter that is not sealed, got one whose owner has to unseal it/;
  t.regex(terminal.type(`calibration ${JSON.stringify(less)}\r`), refused);
  t.regex(terminal.type('calibration off\r'), refused);
  t.deepEqual(settings.get('calibration'), kept);
  await rig.settle();
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, sealed: 0 }, OWNER);
  t.regex(terminal.type(`calibration ${JSON.stringify(less)}\r`), /saved; restart to use it/);
  t.like(settings.get('calibration'), { value: { phases: [{ ampsPerCount: 0.01 }] } });
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 2 }, OWNER);
  t.regex(terminal.type('calibration off\r'), refused);
});

test('restart says so before it happens', async t => {
  const { terminal, restarts, rig } = await consoleRig();
  const text = terminal.type('restart\r');
  t.true(text.includes('restarting\r\n'));
  rig.clock.advance(1000);
  t.is(restarts(), 1);
});

test('a line that is too long, or no text, is ignored as a whole', async t => {
  const { terminal, settings } = await consoleRig();
  const long = terminal.type(`wifi ${'x'.repeat(LONGEST_LINE)}\r`);
  t.true(long.endsWith('line: expected at most 2048 bytes, got more; it is ignored\r\n> '));
  t.true(
    terminal
      .type(Uint8Array.of(0x77, 0xff, 0x0d))
      .endsWith('line: expected UTF-8, got other bytes; it is ignored\r\n> '),
  );
  t.deepEqual(settings.get('wifi'), { ok: true, value: undefined });
  t.true(terminal.type('wifi off\r').endsWith('saved; restart to use it\r\n> '));
});

test('a terminal that takes nothing stops nothing, and costs a bounded amount of memory', async t => {
  const { terminal, settings } = await consoleRig();
  terminal.isCut = true;
  for (let k = 0; k < 100; k++) terminal.type('help\r');
  terminal.type('wifi home secret-word\r');
  t.deepEqual(settings.get('wifi'), { ok: true, value: { ssid: 'home', password: 'secret-word' } });
  terminal.isCut = false;
  terminal.type('\r');
  t.true(terminal.seen.length < 10_000);
});

test('no input whatever throws, changes the balance, moves the relay or shows the seed or a password', async t => {
  const { terminal, rig, settings } = await consoleRig();
  terminal.type(`link\r${DOCUMENT}`);
  await rig.settle();
  await rig.credit(kilowattHours(1));
  settings.set('wifi', { ssid: 'home', password: 'Tr0ub4dor&3' });
  const before = [rig.meter.balance, [...rig.switched], rig.meter.m3terId];
  const word = fc.constantFrom(
    'status',
    'settings',
    'link',
    'calibration',
    'ca',
    'broker',
    'off',
    '{',
    '}',
    '"',
    '\x03',
  );
  const input = fc.oneof(
    fc
      .array(fc.oneof(word, fc.constant(' '), fc.constant('\r')), { maxLength: 30 })
      .map(words => words.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(input, { maxLength: 5 }), inputs => {
      for (const piece of inputs) terminal.type(piece);
      terminal.type('\x03\r');
    }),
    { numRuns: 40 },
  );
  t.deepEqual([rig.meter.balance, rig.switched, rig.meter.m3terId], before);
  t.false(terminal.text.includes('Tr0ub4dor'));
});
